"""`python -m samples generate` writes the demonstration county once; `… verify` compares a night with
the truth, `… gate` proves the gate with known defects."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from samples.gate import prove
from samples.generate import generate
from samples.verify import compare
from shuyang_data.catalog.load import load_catalog
from shuyang_data.settings import Settings


def _print_gate(settings: Settings) -> int:
    """The gate's proof as a table; nothing of the county is touched."""
    with TemporaryDirectory() as folder:
        for found in prove(Path(folder), settings.catalog):
            print(found.line())
    return 0


def main(command: str) -> int:
    settings = Settings()
    truth = settings.home / "truth.json"
    if command == "verify":
        differences = compare(settings, truth)
        print("\n".join(differences) or "与 truth.json 一致：每个注入的缺陷都以应有的原因退回，行数全部对上。")
        return 1 if differences else 0
    if command == "gate":
        return _print_gate(settings)
    if truth.exists():
        print(f"示范县数据已在 {settings.home}，不再生成。")
        return 0
    today = datetime.now(ZoneInfo(settings.timezone)).date()
    generate(load_catalog(settings.catalog), settings.home, today)
    print(f"已生成示范县 {today} 的交付：{settings.inbox}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
