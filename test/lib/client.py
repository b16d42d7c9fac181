"""A small client of the API.  It holds every answer against openapi.json; tests look at what an answer says."""

import requests

from answers import check_answer
from contract import contract

AUTH = "/api/v1/auth"


class Answer:
    """One checked answer: status and headers, the envelope, and its data or error."""

    def __init__(self, response):
        self.response = response
        self.status = response.status_code
        self.headers = response.headers
        self.envelope = check_answer(response) or {}
        contract().hold_response(response)
        self.data = self.envelope.get("data")
        self.error = self.envelope.get("error", {})
        self.code = self.error.get("code")
        self.details = self.error.get("details")

    def __repr__(self):
        return f"<{self.status} {self.response.text}>"


class Api:
    """Requests to one sidecar; every request has its own connection. certificate: whom to believe, for https."""

    def __init__(self, url, certificate=None):
        self.url = url.rstrip("/")
        self.certificate = certificate

    def send(self, method, path, **options):
        """Send a request and return the response as it is, unchecked."""
        options.setdefault("timeout", 20)
        options.setdefault("allow_redirects", False)
        options.setdefault("verify", self.certificate)
        return requests.request(method, self.url + path, **options)

    def request(self, method, path, **options):
        return Answer(self.send(method, path, **options))

    def get(self, path, token=None, **options):
        if token is not None:
            options.setdefault("headers", {})["Authorization"] = f"Bearer {token}"
        return self.request("GET", path, **options)

    def post(self, route, body, **options):
        """POST a JSON value to a route below /api/v1/auth."""
        return self.request("POST", f"{AUTH}/{route}", json=body, **options)

    def post_bytes(self, route, body, content_type="application/json", **options):
        """POST bytes that need not be JSON; content_type None sends no such header."""
        headers = options.setdefault("headers", {})
        if content_type is not None:
            headers["Content-Type"] = content_type
        return self.request("POST", f"{AUTH}/{route}", data=body, **options)

    def register(self, user, **options):
        return self.post("register", user, **options)

    def login(self, user, **options):
        body = {"email": user["email"], "password": user["password"]}
        return self.post("login", body, **options)

    def verify_email(self, token):
        return self.post("verify-email", {"token": token})

    def resend_verification(self, email):
        return self.post("verify-email/resend", {"email": email})

    def refresh(self, token):
        return self.post("refresh", {"refresh_token": token})

    def validate_token(self, token):
        return self.post("validate-token", {"token": token})

    def logout(self, token=None, **body):
        """By an access token, or with refresh_token= by that; scope= for other sessions."""
        headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
        return self.post("logout", body, headers=headers)

    def sessions(self, token):
        return self.get(f"{AUTH}/sessions", token)

    def end_session(self, token, session_id):
        return self.request("DELETE", f"{AUTH}/sessions/{session_id}", headers={"Authorization": f"Bearer {token}"})

    def activity(self, token, **page):
        """before= and max= choose the page."""
        return self.get(f"{AUTH}/activity", token, params=page)

    def change_password(self, token, current_password, new_password, confirmation=None):
        body = {
            "current_password": current_password,
            "new_password": new_password,
            "new_password_confirmation": new_password if confirmation is None else confirmation,
        }
        return self.post("password/change", body, headers={"Authorization": f"Bearer {token}"})

    def second_factor(self, what, token, **given):
        """what: setup, activate, disable or recovery-codes."""
        return self.post(f"2fa/{what}", given, headers={"Authorization": f"Bearer {token}"})

    def factors(self, token):
        return self.get(f"{AUTH}/2fa", token)

    def request_password_reset(self, email):
        return self.post("password/reset", {"email": email})

    def reset_password(self, token, new_password, confirmation=None):
        body = {
            "token": token,
            "new_password": new_password,
            "new_password_confirmation": new_password if confirmation is None else confirmation,
        }
        return self.post("password/reset-confirm", body)

    def request_login_code(self, email):
        return self.post("login/code", {"email": email})

    def confirm_login_code(self, **given):
        return self.post("login/code-confirm", given)

    def request_email_change(self, token, new_email, current_password):
        body = {"new_email": new_email, "current_password": current_password}
        return self.post("email/change", body, headers={"Authorization": f"Bearer {token}"})

    def confirm_email_change(self, token):
        return self.post("email/change-confirm", {"token": token})

    def cancel_email_change(self, token):
        return self.post("email/change-cancel", {"token": token})

    def undo_email_change(self, token):
        return self.post("email/change-undo", {"token": token})

    def accept_invite(self, token, password, confirmation=None):
        confirmation = password if confirmation is None else confirmation
        return self.post("invite/accept", {"token": token, "password": password, "password_confirmation": confirmation})

    def update_profile(self, token, **changes):
        headers = {"Authorization": f"Bearer {token}"}
        return self.request("PATCH", f"{AUTH}/me", json=changes, headers=headers)

    def delete_me(self, token, current_password=None):
        body = {} if current_password is None else {"current_password": current_password}
        return self.request("DELETE", f"{AUTH}/me", json=body, headers={"Authorization": f"Bearer {token}"})

    def me(self, token):
        return self.get(f"{AUTH}/me", token)
