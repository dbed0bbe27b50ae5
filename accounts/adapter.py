from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal import ratelimit
from django.http import HttpRequest

from commsplan.lib import limits

ratelimit.cache = limits.Patient()  # without the queue nobody could sign in, not even to stop what is sent


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        """Accounts are made by administrators, on the accounts page."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Behind a proxy the reader's address, or one who guesses passwords would lock everybody out."""
        return limits.address_of(request) or "unknown"
