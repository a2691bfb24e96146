"""Closed lists of words: each word stands in files as its value, and is read by people as its label."""

from __future__ import annotations

from enum import StrEnum


class Word(StrEnum):
    """A member is written `NAME = "value", "标签"`. The label belongs to its own list: two lists may share a value."""

    _value_: str
    label: str

    def __new__(cls, value: str, label: str = "") -> Word:
        word = str.__new__(cls, value)
        word._value_ = value
        word.label = label
        return word
