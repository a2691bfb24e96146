"""XML and KML, as UTF-8, and what is refused; `xml_records` finds the tables.

Entities, external references and declarations that expand are refused before anything is read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from shuyang_data.errors import DeliveryRefusedError, Problem
from shuyang_data.reading.formats.spreadsheet_xml import WORKBOOK, read_spreadsheet
from shuyang_data.reading.formats.xml_records import xml_tables
from shuyang_data.reading.grid import Part
from shuyang_data.records import Refusal

DECLARED = re.compile(rb"(\s*<\?xml[^>]*?encoding\s*=\s*[\"'])([A-Za-z0-9._-]+)([\"'])")
KNOWN = ("utf-8", "utf-16", "us-ascii", "iso-8859-1")


def read_xml(path: Path) -> Sequence[Part]:
    """The tables of the elements that repeat; raise DeliveryRefusedError for a broken or dangerous document."""
    try:
        root = fromstring(_as_utf8(path))
        if root.tag == WORKBOOK:
            return list(read_spreadsheet(root))
        return xml_tables(root, path.stem)
    except DefusedXmlException as error:
        raise _refusal(path, "含有实体声明或外部引用，可能是攻击") from error
    except (ParseError, ValueError, LookupError) as error:
        raise _refusal(path, f"XML 语法不对（{error}）") from error
    except RecursionError as error:
        raise _refusal(path, "嵌套太深") from error


def _as_utf8(path: Path) -> bytes:
    """The document, in UTF-8 where it declares an encoding that the parser does not know; ValueError where it lies."""
    content = path.read_bytes()
    declared = DECLARED.match(content[:200])
    name = declared[2].decode("ascii").lower() if declared else ""
    if declared is None or name in KNOWN:
        return content
    # GB18030 holds all that GBK and GB2312 hold.
    text = content.decode("gb18030" if name.startswith("gb") else name)
    return DECLARED.sub(rb"\g<1>utf-8\g<3>", text.encode(), count=1)


def _refusal(path: Path, found: str) -> DeliveryRefusedError:
    return DeliveryRefusedError(Refusal.UNREADABLE, [Problem(path.name, found, "完整的 XML 文件", "重新导出后再送")])
