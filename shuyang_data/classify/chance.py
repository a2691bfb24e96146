"""Whether numbers that look like resident IDs are some, or chance made them: by the rates at which it does."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

# From so many on, chance can be told; by so many standard deviations; years that only birth dates spread over.
ENOUGH, DEVIATIONS, LIFETIME = 50, 3.0, 25
CHANCE = 1 / 11
# How often 18 digits at random are a resident ID (province 32 %, a year of somebody living 1.3 %, a day 3.6 %, the
# check digit), and how unlikely a count has to be before it is no chance; of pieces that need not belong together.
AT_RANDOM, UNLIKELY, VERY_UNLIKELY, RARE = 1.35e-5, 0.02, 0.001, 0.005
# A year that fewer of the numbers than this name, so long before the others, is no year of a serial number.
BULK, LONG_BEFORE = 0.02, 5


def are_real(numbers: Mapping[tuple[str, bool], int], tried: int) -> bool:
    """Whether numbers that look like resident IDs are some: more of them pass the check digit than chance makes of so
    many tries, and than one in eleven does of serial numbers with an area and a day.

    numbers: (digits, whether the check digit is right) → how often.
    """
    shaped, right = sum(numbers.values()), sum(times for (_, is_right), times in numbers.items() if is_right)
    if not right or _is_likely(right, tried * AT_RANDOM):
        return False
    years = Counter[int]()
    for (number, _), times in numbers.items():
        years[int(number[6:10])] += times
    if shaped < ENOUGH or (len(years) > LIFETIME and 2 * shaped > tried):
        return True
    expected = shaped * CHANCE
    if right > expected + DEVIATIONS * math.sqrt(expected * (1 - CHANCE)):
        return True
    first = min((year for year, times in years.items() if times >= BULK * shaped), default=0) - LONG_BEFORE
    early = {number: times for number, times in numbers.items() if int(number[0][6:10]) < first}
    return not _is_likely(sum(t for (_, ok), t in early.items() if ok), sum(early.values()) * CHANCE)


def belong_together(numbers: Mapping[tuple[str, bool], int]) -> bool:
    """Whether pieces that stand in several columns are one number: far more pass the check digit than one in eleven."""
    right = sum(times for (_, is_right), times in numbers.items() if is_right)
    return right > 2 and not _is_likely(right, sum(numbers.values()) * CHANCE, VERY_UNLIKELY)


def _is_likely(count: int, expected: float, unlikely: float = UNLIKELY) -> bool:
    """Whether chance makes so many or more where it makes so many on average (Poisson)."""
    below = sum(math.exp(-expected) * expected**n / math.factorial(n) for n in range(min(count, 100)))
    return 1 - below >= unlikely
