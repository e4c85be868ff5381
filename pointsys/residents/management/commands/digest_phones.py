from typing import Any

from django.core.management.base import BaseCommand

from pointsys.residents import services


class Command(BaseCommand):
    help = (
        "利用者の電話番号の照合値を、ないもの・古い鍵のものだけ作り直します。"
        "何度実行してもかまいません。"
    )

    def handle(self, **options: Any) -> None:
        changed, last_id = 0, 0
        while True:
            last_id, count = services.digest_phones(after_id=last_id)
            if not last_id:
                break
            changed += count
        self.stdout.write(f"電話番号の照合値を {changed:,}人分作りました。")
