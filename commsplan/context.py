"""What every page knows."""

from django.conf import settings


def product(request):
    return {"ORGANISATION": settings.ORGANISATION, "BASE_URL": settings.BASE_URL}
