#!/usr/bin/python3
"""A FastAPI application whose routes only users of Jerry get into.

    JERRY_URL=http://localhost:8000 python3 -m uvicorn --app-dir examples --port 3000 protected_route:app
    curl -H "Authorization: Bearer $ACCESS_TOKEN" http://localhost:3000/protected

A route says Depends(get_current_user) and is given the user.  Jerry is asked about every request, so a session that was revoked is out at once; the
application knows no key.  The same with Express: express/server.js.

Needs python3-fastapi, python3-uvicorn and python3-httpx.
"""
import os
from typing import Optional
from uuid import UUID

import httpx
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

app = FastAPI(title="An application protected by Jerry")
jerry = httpx.AsyncClient(base_url=os.environ.get("JERRY_URL", "http://localhost:8000"), timeout=5)
bearer = HTTPBearer(auto_error=False)  # on its own it would answer 403 where 401 is meant


class User(BaseModel):
    user_id: UUID
    email: str


def unauthorized(challenge):
    return HTTPException(401, "Log in first", headers={"WWW-Authenticate": challenge})


async def get_current_user(credentials: Optional[HTTPAuthorizationCredentials] = Depends(bearer)) -> User:
    if credentials is None:
        raise unauthorized("Bearer")
    try:
        answer = await jerry.post("/api/v1/auth/validate-token", json={"token": credentials.credentials})
    except httpx.HTTPError:
        raise HTTPException(503, "Jerry cannot be reached") from None
    if answer.status_code == 401:
        raise unauthorized('Bearer error="invalid_token"')
    if answer.status_code != 200:
        raise HTTPException(503, "Jerry cannot answer now")
    return User(**answer.json()["data"])


@app.get("/protected")
async def protected_route(current_user: User = Depends(get_current_user)):
    return {"message": f"Hello {current_user.email}"}
