"""A thousand requests of each kind that knows addresses do not tell who has an account."""

import hidden_accounts


def test_a_thousand_requests_do_not_tell_who_has_an_account(tmp_path_factory):
    with hidden_accounts.hiding(tmp_path_factory) as installation:
        hidden_accounts.check(*installation, rounds=1000, with_times=True)
