from django.urls import path

from accounts import views

urlpatterns = [
    path("accounts/login/", views.sign_in),  # before allauth's, which has the same address
    path("accounts/email/", views.not_here),  # an administrator gives addresses, on the accounts page
    path("accounts/confirm-email/", views.not_here),
    path("setup/", views.setup, name="setup"),
    path("profile/", views.profile, name="profile"),
    path("profile/theme/", views.profile_theme, name="profile_theme"),
    path("profile/tokens/new/", views.token_new, name="token_new"),
    path("profile/tokens/<int:pk>/revoke/", views.token_revoke, name="token_revoke"),
    path("accounts/", views.accounts, name="accounts"),
    path("accounts/new/", views.account_new, name="account_new"),
    path("accounts/<int:pk>/", views.account_edit, name="account_edit"),
    path("accounts/<int:pk>/invite/", views.account_invite, name="account_invite"),
]
