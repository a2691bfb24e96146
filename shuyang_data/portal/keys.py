"""Who calls: a department shows its key, and every refusal is an answer with the problem's fields."""

from __future__ import annotations

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
    """An answer with the problem's fields; offset: how much of a delivery is here already."""
    headers = {} if offset is None else {"Upload-Offset": str(offset)}
    problem = Problem(where, found, expected, remedy)
    return HTTPException(status, detail=problem.__dict__ | {"message": str(problem)}, headers=headers)


def caller(department: str, county: Annotated[County, Depends(office)], request: Request) -> str:
    """The department of the path, once the caller has shown its key; 401 or 403 otherwise."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    owner = county.registry.key_owner(hashlib.sha256(key.encode()).hexdigest()) if scheme.lower() == "bearer" else None
    if owner is None:
        raise refuse(401, "没有密钥，或密钥不对", "Authorization: Bearer 部门密钥", "向数据局申请", where="密钥")
    if not secrets.compare_digest(owner, department):
        raise refuse(403, f"这把密钥属于 {owner}", department, where="密钥")
    return owner
