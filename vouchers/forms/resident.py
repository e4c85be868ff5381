"""What an applicant is asked: how many sets, a picture of a document, and whether all is right."""

from typing import Any, Final

from django import forms as django_forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.functional import lazystr
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pointsys.common import forms
from vouchers import pictures
from vouchers.errors import PictureRefused, PictureTooLarge
from vouchers.models import ResidencyDocument

ACCEPTED: Final = "image/jpeg,image/png"
HELP: Final = _(
    "JPEGかPNGの写真、15MBまで。氏名と住所が読めるように、明るい所で書類の全体を写してください。"
)


class SetsForm(forms.Form):
    """How many sets somebody applies for, as tiles of numbers."""

    sets = django_forms.TypedChoiceField(
        label=_("セット数"),
        coerce=int,
        widget=django_forms.RadioSelect(attrs={"class": "picks"}),
    )

    def __init__(self, *args: Any, limit: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chooser = self.fields["sets"]
        assert isinstance(chooser, django_forms.TypedChoiceField)
        chooser.choices = [(number, lazystr(str(number))) for number in range(1, limit + 1)]


class DocumentForm(forms.Form):
    """Which document shows the address, and its picture; one that is held already will do."""

    kind = django_forms.ChoiceField(
        label=_("書類の種類"),
        choices=ResidencyDocument.Kind.choices,
        widget=django_forms.RadioSelect,
    )
    picture = django_forms.FileField(
        label=_("書類の写真"),
        help_text=HELP,
        widget=django_forms.FileInput(attrs={"accept": ACCEPTED}),
    )

    def __init__(self, *args: Any, has_picture: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["picture"].required = not has_picture
        self.fields["picture"].error_messages["required"] = gettext("書類の写真をえらんでください")

    def clean_picture(self) -> bytes | None:
        """Return the picture written anew, so that nothing else is ever kept."""
        upload: UploadedFile[bytes] | None = self.cleaned_data.get("picture")
        if upload is None:
            return None
        try:
            if (upload.size or 0) > pictures.MAX_BYTES:
                raise PictureTooLarge(limit_megabytes=pictures.MAX_BYTES // 1024 // 1024)
            return pictures.re_encode(upload.read())
        except PictureRefused as refusal:
            raise ValidationError(str(refusal)) from refusal


class AgreeForm(forms.Form):
    """The last question before an application is sent."""

    agree = django_forms.BooleanField(
        label=_(
            "上の内容にまちがいはありません。申し込みはお一人1回であること、"
            "商品券を人に売れないことを確認しました。"
        ),
        error_messages={"required": _("内容を確認して、いちばん下の四角にしるしを付けてください")},
    )


class AssistForm(DocumentForm):
    """All of an application on one page, for staff who type it in with the resident."""

    field_order = ("sets", "kind", "picture")
    sets = forms.PointsField(label="セット数", unit="セット", max_value=99)

    def __init__(self, *args: Any, limit: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.limit = limit
        self.fields["sets"].help_text = f"1人{limit}セットまで。"

    def clean_sets(self) -> int:
        sets: int = self.cleaned_data["sets"]
        if sets > self.limit:
            raise ValidationError(f"セット数は、{self.limit}以下の数字で入力してください")
        return sets
