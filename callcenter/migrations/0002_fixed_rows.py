from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):

    dependencies = [("callcenter", "0001_initial")]

    operations = [
        migrations.RunSQL(
            (SQL / "fixed_rows_v1.sql").read_text(encoding="utf-8"),
            (SQL / "fixed_rows_v1_down.sql").read_text(encoding="utf-8"),
        ),
    ]
