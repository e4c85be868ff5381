from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from pointsys.common import health

# Shown where even the template cannot be loaded; it must need nothing.
PLAIN_CSRF_PAGE = (
    '<!doctype html><html lang="ja"><meta charset="utf-8"><title>もう一度お試しください</title>'
    "<h1>もう一度お試しください</h1>"
    "<p>画面を開いてから時間がたったため、受け付けられませんでした。何も変わっていません。"
    "前の画面に戻り、読み込み直してから、もう一度お試しください。</p></html>"
)


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Say to load balancers and to the launcher whether this server can take payments."""
    found = health.findings()
    is_well = all(finding.is_well for finding in found)
    return JsonResponse(
        {
            "status": "ok" if is_well else "failing",
            "checks": {
                finding.name: {"ok": finding.is_well, "detail": finding.detail} for finding in found
            },
        },
        status=HTTPStatus.OK if is_well else HTTPStatus.SERVICE_UNAVAILABLE,
    )


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Tell a person whose form was too old that nothing happened and what to do."""
    try:
        page: str = render_to_string("errors/403_csrf.html", {}, request)
    except TemplateDoesNotExist:
        page = PLAIN_CSRF_PAGE
    return HttpResponse(page, status=HTTPStatus.FORBIDDEN)
