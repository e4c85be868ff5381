from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # The table grows with every mail: the index is built beside the work.
    atomic = False

    dependencies = [("notices", "0002_claims")]

    operations = [
        AddIndexConcurrently(
            model_name="notice",
            index=models.Index(fields=["reason"], name="notices_notice_reason"),
        ),
    ]
