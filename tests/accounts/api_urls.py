"""The product's own addresses, and a view behind `@api_allowed` to knock at."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, JsonResponse
from django.urls import include, path

from accounts.api import api_allowed
from accounts.permissions import permission_required


@api_allowed
def who(request, act):
    if act == "missing":
        raise Http404
    if act == "refused":
        raise PermissionDenied("Only on Mondays.")
    return JsonResponse({"who": request.user.name})


@api_allowed
@permission_required("accounts.manage")
def managed(request):
    return JsonResponse({})


urlpatterns = [path("who/<str:act>/", who), path("managed/", managed), path("", include("commsplan.urls"))]
