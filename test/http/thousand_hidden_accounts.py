"""With jerry.hide_accounts: a thousand registrations, and as many other requests, do not tell who has an account."""

import hidden_accounts


def test_a_thousand_registrations_do_not_tell_who_has_an_account(tmp_path_factory):
    with hidden_accounts.hiding(tmp_path_factory, cost=10) as installation:
        hidden_accounts.check(*installation, rounds=250, say=print)
