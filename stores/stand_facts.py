from collections.abc import Iterable
from datetime import date

from pointsys.common import display
from pointsys.programs import queries as programs
from pointsys.programs.models import Program
from stores import till_codes
from stores.models import Till
from stores.stand import Stand


def stands_of(program: Program, tills: Iterable[Till], *, on: date) -> list[Stand]:
    """Return what the stands of a program's tills say; the tills come with their stores.

    Raises:
        SigningKeyMissing: the key a till was issued with was retired.
    """
    goods = [good.label for good in programs.goods_of(program)]
    ends_at = display.last_usable_moment(program.usage_ends_at)
    period = (
        f"{display.japanese_date(program.usage_starts_at, with_year=True)}から"
        f"{display.japanese_date(ends_at, with_year=True)}{display.clock_words(ends_at)}まで"
    )
    return [
        Stand(
            program_name=program.name,
            theme=program.theme,
            store_name=till.store.name,
            store_code=till.store.code,
            till_number=till.number,
            typed_code=till_codes.grouped_code(till.code),
            url=till_codes.till_url(till),
            prohibited_goods=goods,
            usable_period=period,
            desk_name=program.desk_name,
            desk_phone=program.desk_phone,
            desk_hours=program.desk_hours,
            printed_on=on,
        )
        for till in tills
    ]
