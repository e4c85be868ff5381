from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("vouchers", "0002_money_that_came_in")]

    operations = [
        migrations.RunSQL(
            (SQL / "receipts_v1.sql").read_text(encoding="utf-8"),
            (SQL / "receipts_v1_down.sql").read_text(encoding="utf-8"),
        )
    ]
