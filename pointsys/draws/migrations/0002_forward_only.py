from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [("draws", "0001_initial")]

    operations = [
        migrations.RunSQL(
            (SQL / "forward_only_v1.sql").read_text(encoding="utf-8"),
            (SQL / "forward_only_v1_down.sql").read_text(encoding="utf-8"),
        )
    ]
