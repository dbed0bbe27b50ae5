from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from commsplan.lib import limits


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        """Accounts are made by administrators, on the accounts page."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Behind a proxy the reader's address, or one who guesses passwords would lock everybody out."""
        return limits.address_of(request) or "unknown"
