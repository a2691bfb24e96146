"""Who calls: a department shows its key, and every refusal is an answer with the problem's fields."""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from typing import Annotated

from fastapi import Depends, HTTPException, Request

from shuyang_data.county import County
from shuyang_data.errors import Problem
from shuyang_data.portal.office import office


def refuse(
    status: int, found: str, expected: str = "", remedy: str = "", offset: int | None = None, where: str = "交付"
) -> HTTPException:
    """An answer with the problem's fields; offset: how much of a delivery is here already.

    401 asks a browser for name and password (RFC 7617): the department and its key.
    """
    headers = {} if offset is None else {"Upload-Offset": str(offset)}
    if status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="shuyang", charset="UTF-8"'
    problem = Problem(where, found, expected, remedy)
    return HTTPException(status, detail=problem.__dict__ | {"message": str(problem)}, headers=headers)


def caller(department: str, county: Annotated[County, Depends(office)], request: Request) -> str:
    """The department of the path, once the caller has shown its key; 401 or 403 otherwise."""
    key = shown_key(request.headers.get("Authorization", ""))
    owner = county.registry.key_owner(hashlib.sha256(key.encode(errors="replace")).hexdigest()) if key else None
    if owner is None:
        raise refuse(
            401,
            "没有密钥，或密钥不对",
            "Authorization: Bearer 部门密钥（浏览器中作为密码）",
            "向数据局申请",
            where="密钥",
        )
    if not secrets.compare_digest(owner.encode(), department.encode(errors="replace")):
        raise refuse(403, f"这把密钥属于 {owner}", department, where="密钥")
    return owner


def shown_key(header: str) -> str:
    """The key in an Authorization header: after `Bearer`, or the password of `Basic`; "" when there is none."""
    scheme, _, given = header.partition(" ")
    if scheme.lower() == "bearer":
        return given.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(given, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""
