"""The registry of a home: a new one is made for a new home only, never silently in place of one that is gone."""

from __future__ import annotations

from shuyang_data.errors import Problem, StorageError
from shuyang_data.settings import Settings
from shuyang_data.storage.registry import Registry
from shuyang_data.storage.registry_connection import place_of

# What a registry that is made anew from landing does not know.
LOST = "需求与答复、校核单、目录变更、部门密钥、质量得分、供给和历次运行的记录、已确认的事项"


def open_registry(settings: Settings) -> Registry:
    """Raise StorageError when it cannot be used, or is gone while deliveries stand in landing."""

    def refuse_in_a_used_home() -> None:
        landed = sum(1 for _ in settings.landing.glob("[!.]*/*/*/manifest.json"))
        if landed:
            found = f"登记库不见了，而落地区里有 {landed} 个交付"
            ways = "从备份恢复（shuyang restore --registry-only）；没有备份时运行 shuyang rebuild，由落地区重建，"
            ways += f"但没有了{LOST}"
            raise StorageError([Problem(place_of(settings.registry), found, "登记库与落地区在一起", ways)])

    return Registry(settings.registry, refuse_in_a_used_home)
