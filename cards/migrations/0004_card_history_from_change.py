import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    """Blank cards come in by the hundred thousand: their history begins with the first change."""

    dependencies = [
        ("cards", "0003_typed_numbers"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(model_name="card", name="insert_insert"),
    ]
