"""The block of docs/verify-tokens.md with which nginx asks Jerry before it lets a request through."""

import urllib.parse

import pytest
import requests

from pages import ROOT, blocks
from proxies import Nginx


@pytest.fixture(scope="module")
def proxied(url, certificate, tmp_path_factory):
    """proxied(headers): the status of a request to an API that answers everything with 404."""
    if not Nginx.program():
        pytest.skip("nginx is not installed: tools/deps proxies")
    port = urllib.parse.urlsplit(url).port
    [block] = [
        block.text for block in blocks(ROOT / "docs" / "verify-tokens.md")
        if block.language == "nginx" and "auth_request" in block.text
    ]
    edits = {
        "upstream jerry {": f"upstream api {{\n\tserver 127.0.0.1:{port};\n}}\nupstream jerry {{",
        "\tlocation / {": f"{block}\tlocation / {{",
    }
    proxy = Nginx(tmp_path_factory.mktemp("nginx"), port, certificate, edits)

    def status(method="GET", token=None, **options):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return requests.request(
            method, f"{proxy.url}/api/things", headers=headers, verify=certificate.cert_file, timeout=10, **options
        ).status_code

    yield status
    proxy.stop()


def test_who_has_no_live_token_does_not_get_through(api, proxied, login):
    assert proxied() == 401
    assert proxied(token="x") == 401
    assert proxied(token=login["refresh_token"]) == 401
    assert proxied(token=login["access_token"]) == 404
    assert proxied("POST", login["access_token"], json={"some": "thing"}) == 404
    assert api.logout(login["access_token"]).status == 200
    assert proxied(token=login["access_token"]) == 401
