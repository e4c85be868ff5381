from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import path

from pointsys.urls import urlpatterns as product_urls


@login_not_required
def trivial(request: HttpRequest) -> HttpResponse:
    """Answer with nothing but the middleware's work."""
    return HttpResponse("ok")


urlpatterns = [path("bench/trivial", trivial), *product_urls]
