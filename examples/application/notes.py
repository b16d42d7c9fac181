#!/usr/bin/python3
"""The notes application with FastAPI, all by SQL: sign up, verify, log in, notes of one's own, sessions, log out.

    DATABASE_URL=postgresql://app:...@127.0.0.1/app python3 -m uvicorn --app-dir examples/application --port 3000 notes:app

Needs python3-fastapi, python3-uvicorn, python3-psycopg and python3-psycopg-pool.  psycopg sends values beside the statement,
never in it, so that no password stands in a statement that the server could log.
"""
import os
from typing import Optional

from fastapi import Depends, FastAPI, Header, HTTPException, Request
from fastapi.responses import JSONResponse
from psycopg import Error
from psycopg_pool import ConnectionPool
from pydantic import BaseModel

app = FastAPI(title="Notes")
pool = ConnectionPool(os.environ["DATABASE_URL"], min_size=1, max_size=8, kwargs={"application_name": "notes"})

# docs/ERROR_CODES.md; the codes that are not here are 400
STATUS = {
    "USER_NOT_FOUND": 404, "SESSION_NOT_FOUND": 404, "INVALID_CREDENTIALS": 401, "INVALID_TOKEN": 401, "EXPIRED_TOKEN": 401,
    "EMAIL_NOT_VERIFIED": 403
}


class SignUp(BaseModel):
    name: str
    email: str
    password: str


class Login(BaseModel):
    email: str
    password: str


class Token(BaseModel):
    token: str


class Note(BaseModel):
    body: str


def call(db, function, *values):
    """The data of a positive answer of Jerry; a negative one is an error that rolls the transaction back."""
    marks = ", ".join(["%s"] * len(values))
    return db.execute(f"SELECT jerry.unwrap(jerry.{function}({marks}))", values).fetchone()[0]


@app.exception_handler(Error)
def refused(request: Request, error: Error):
    """What Jerry answered, as it would over HTTP; anything else is a fault of ours or of the database."""
    code = error.diag.message_hint if (error.sqlstate or "").startswith("JR") else None
    if code is None:
        return JSONResponse({"detail": "Try again later"}, 503, headers={"Retry-After": "1"})
    return JSONResponse({"code": code, "detail": error.diag.message_primary}, STATUS.get(code, 400))


def bearer(authorization: Optional[str] = Header(None)):
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise HTTPException(401, "Log in first", headers={"WWW-Authenticate": "Bearer"})
    return token


def signed_in(token: str = Depends(bearer)):
    """A transaction with the identity of the token: policies and jerry.uid() know who is asking."""
    with pool.connection() as db:
        call(db, "authenticate", token)
        yield db


@app.post("/sign-up", status_code=201)
def sign_up(who: SignUp):
    with pool.connection() as db:  # one transaction: the user and the profile, or neither
        user_id = call(db, "register", who.email, who.password, who.password)["user_id"]
        db.execute("INSERT INTO profile (user_id, name) VALUES (%s, %s)", (user_id, who.name))
    return {"user_id": user_id}


@app.post("/verify")
def verify(link: Token):
    with pool.connection() as db:
        return call(db, "verify_email", link.token)


@app.post("/login")
def login(who: Login, request: Request):
    with pool.connection() as db:
        return call(db, "login", who.email, who.password, request.client.host, request.headers.get("user-agent"))


@app.post("/refresh")
def refresh(old: Token):
    with pool.connection() as db:
        return call(db, "refresh", old.token)


@app.get("/notes")
def notes(db=Depends(signed_in)):
    return [{"id": id, "body": body} for id, body in db.execute("SELECT id, body FROM note ORDER BY id")]


@app.post("/notes", status_code=201)
def write(note: Note, db=Depends(signed_in)):
    return {"id": db.execute("INSERT INTO note (body) VALUES (%s) RETURNING id", (note.body,)).fetchone()[0]}


@app.get("/sessions")
def sessions(token: str = Depends(bearer)):
    with pool.connection() as db:
        return call(db, "list_sessions", token)


@app.delete("/sessions/{session_id}")
def end_session(session_id: str, token: str = Depends(bearer)):
    with pool.connection() as db:
        return call(db, "end_session", token, session_id)


@app.post("/log-out")
def log_out(token: str = Depends(bearer)):
    with pool.connection() as db:
        return call(db, "logout", token)
