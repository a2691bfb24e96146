"""Keys leave the machine only under a passphrase: scrypt (RFC 7914) makes the key, AES-256-GCM (NIST SP 800-38D) seals.

Lengths are in bytes. A sealed text is a nonce of 12 and then the ciphertext with its tag.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from shuyang_data.errors import Problem, UsageError

SALT, NONCE, KEY = 16, 12, 32
# About 64 MB and 0.1 s for each guess.
COST, BLOCK, PARALLEL = 2**16, 8, 1
SHORTEST = 12


@dataclass(frozen=True)
class Seal:
    """salt: stands with the backup in the open."""

    key: bytes
    salt: bytes

    def close(self, text: bytes, name: str) -> bytes:
        """name: a sealed file cannot pass for another one."""
        nonce = os.urandom(NONCE)
        return nonce + AESGCM(self.key).encrypt(nonce, text, name.encode())

    def open(self, sealed: bytes, name: str) -> bytes:
        """Raise UsageError for another passphrase than it was sealed with, or a changed text."""
        try:
            return AESGCM(self.key).decrypt(sealed[:NONCE], sealed[NONCE:], name.encode())
        except InvalidTag:
            raise UsageError([Problem(name, "打不开", "备份时用的口令", "核对 SHUYANG_BACKUP_PASSPHRASE")]) from None


def make_seal(passphrase: str, salt: bytes = b"") -> Seal:
    """A new salt when none is given. Raises UsageError for a passphrase that is too short to be one."""
    if len(passphrase) < SHORTEST:
        found = "太短" if passphrase else "没有口令，而密钥不能明文离开本机"
        expected = f"SHUYANG_BACKUP_PASSPHRASE 里至少 {SHORTEST} 个字符的口令"
        raise UsageError([Problem("备份口令", found, expected)])
    salt = salt or os.urandom(SALT)
    return Seal(Scrypt(salt, KEY, COST, BLOCK, PARALLEL).derive(passphrase.encode()), salt)
