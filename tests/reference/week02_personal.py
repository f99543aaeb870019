"""Golden masks: which dates of resident numbers exist, by python-stdnum.

Writes ../fixtures/week02/personal.json: a list of cases, each `name`, `text` and `masked`. Where a number may stand is
said by a regular expression; whether it is one by `stdnum.kr.rrn.get_birth_date`, which knows the centuries. Its check
digit is left alone: numbers given out since October 2020 have none.

Every number here is made up: most end in six zeros.

    pip install -r requirements.txt
    python week02_personal.py
"""

import json
import re
from importlib.metadata import version
from pathlib import Path

from stdnum.exceptions import ValidationError
from stdnum.kr import rrn

NUMBER = re.compile(r"(?<![0-9])([0-9]{6})([- ]?)([0-9]{7})(?![0-9])")

TEXTS = {
    "a sentence": "주민등록번호는 990101-1000000입니다.",
    "a space between": "번호 851231 2000000 확인",
    "nothing between": "8503013000000",
    "two on a line": "010203-3000000, 040506-4000000",
    "numbers of foreigners": "외국인 951231-5000000, 951231-6000000, 010203-7000000, 010203-8000000",
    "born before 1900": "990101-9000000과 990101-0000000",
    "29 February 2000 and 1900": "000229-3000000 000229-1000000 000229-5000000 000229-0000000",
    "29 February 2004 and 2001": "040229-4000000 / 010229-4000000",
    "30 February": "990230-1000000",
    "the thirty-first": "990431-1000000, 990531-1000000, 991131-2000000, 991231-2000000",
    "month 13, month 0, day 0": "991301-1000000 990001-1000000 990100-1000000",
    "the check digit is wrong": "990101-1234567",
    "the check digit is right": "990101-1000001",
    "an order number": "주문 번호 20990101-1000000",
    "eight digits behind": "990101-10000000",
    "fourteen digits": "99010110000001",
    "digits right before": "7990101-1000000",
    "a hyphen and more digits behind": "990101-1000000-12",
    "two hyphens": "990101--1000000",
    "a dot between": "990101.1000000",
    "a line break between": "990101\n1000000",
    "at the end of the text": "끝 990101-1000000",
    "seven digits alone": "1000000",
    "no digits": "숫자가 없는 글입니다.",
    "emoji before it": "\U0001f600 990101-1000000 \U0001f600",
    "full-width digits": "９９０１０１-１００００００",
    "six digits before it": "990101 990101-1000000",
    "thirteen digits that are no date": "1700000000000",
}


def mask(found: re.Match) -> str:
    date, between, serial = found.groups()
    try:
        rrn.get_birth_date(date + serial)
    except ValidationError:
        return found[0]
    return date + between + "*" * 7


cases = [{"name": name, "text": text, "masked": NUMBER.sub(mask, text)} for name, text in TEXTS.items()]
target = Path(__file__).parent.parent / "fixtures" / "week02" / "personal.json"
target.write_text(json.dumps(cases, ensure_ascii=False, indent=0) + "\n")
changed = sum(case["text"] != case["masked"] for case in cases)
print(f"{target.name}: {len(cases)} cases, {changed} with masks, python-stdnum {version('python-stdnum')}")
