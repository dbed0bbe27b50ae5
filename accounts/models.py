from typing import ClassVar

import pghistory
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

from accounts.enums import Role, Theme, TokenUse
from accounts.policy import allows


class AccountManager(BaseUserManager["Account"]):
    def create_user(self, email: str, password: str | None = None, **fields) -> "Account":
        account = self.model(email=self.normalize_email(email), **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account

    def to_choose_from(self) -> "models.QuerySet[Account]":
        """Those who may sign in, by name."""
        return self.filter(is_active=True).order_by("name", "email", "pk")

    def get_by_natural_key(self, username: str | None) -> "Account":
        return self.get(email__iexact=username)


@pghistory.track(exclude=["password", "last_login"])
class Account(AbstractBaseUser):
    """Somebody who logs in, by e-mail address. What they may do follows from their roles (accounts.policy)."""

    USERNAME_FIELD = EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    email = models.EmailField("e-mail address")
    name = models.CharField(max_length=120)
    roles = ArrayField(models.CharField(max_length=30, choices=Role), default=list, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    theme = models.CharField(max_length=5, choices=Theme, default=Theme.AUTO)
    shortcuts = models.BooleanField("single-key shortcuts", default=True)
    is_active = models.BooleanField("may sign in", default=True)
    joined_at = models.DateTimeField(auto_now_add=True)

    objects = AccountManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="one_account_per_address",
                violation_error_message="There is already an account with this e-mail address.",
            )
        ]

    def __str__(self):
        return self.name or self.email

    @property
    def is_administrator(self) -> bool:
        return Role.ADMINISTRATOR in self.roles

    @property
    def is_staff(self) -> bool:
        return self.is_administrator

    @property
    def role_labels(self) -> list[str]:
        return [Role(role).label for role in self.roles if role in Role.values]

    def has_role(self, role: str) -> bool:
        return role in self.roles

    def has_perm(self, permission: str, obj=None) -> bool:
        return allows(self, permission)

    def has_perms(self, permissions, obj=None) -> bool:
        return all(self.has_perm(permission, obj) for permission in permissions)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active


class AccessToken(models.Model):
    """Lets a program in on behalf of an account. The secret itself is shown once and kept nowhere."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="tokens")
    use = models.CharField(max_length=8, choices=TokenUse)
    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self):
        return self.name
