"""Which providers, and what each has to know of us. The names are those of django-anymail."""

from dataclasses import dataclass

from notices.channels import guard
from notices.channels.kind import Field


@dataclass(frozen=True)
class Provider:
    """`key`: the parameter that the access key is for; `options`: our field → the provider's parameter."""

    label: str
    backend: str
    key: str
    options: tuple[tuple[str, str], ...] = ()


PROVIDERS = {
    "mailgun": Provider(
        "Mailgun", "mailgun.EmailBackend", "api_key", (("domain", "sender_domain"), ("api", "api_url"))
    ),
    "postmark": Provider("Postmark", "postmark.EmailBackend", "server_token", (("api", "api_url"),)),
    "sendgrid": Provider("SendGrid", "sendgrid.EmailBackend", "api_key", (("api", "api_url"),)),
    "brevo": Provider("Brevo", "brevo.EmailBackend", "api_key", (("api", "api_url"),)),
    "mailjet": Provider("Mailjet", "mailjet.EmailBackend", "secret_key", (("account", "api_key"), ("api", "api_url"))),
    "sparkpost": Provider("SparkPost", "sparkpost.EmailBackend", "api_key", (("api", "api_url"),)),
    "resend": Provider("Resend", "resend.EmailBackend", "api_key", (("api", "api_url"),)),
    "mailersend": Provider("MailerSend", "mailersend.EmailBackend", "api_token", (("api", "api_url"),)),
    "scaleway": Provider(
        "Scaleway", "scaleway.EmailBackend", "secret_key", (("account", "project_id"), ("api", "api_url"))
    ),
    "postal": Provider("Postal", "postal.EmailBackend", "api_key", (("api", "api_url"),)),
}
ALL = frozenset(PROVIDERS)

FIELDS = (
    Field(
        "provider",
        "Provider",
        "Amazon SES needs none: it speaks SMTP, so EMAIL_URL names it.",
        is_required=False,
        choices=(("", "None: the server of EMAIL_URL"), *((name, one.label) for name, one in PROVIDERS.items())),
    ),
    Field("provider_key", "API key", "Made in the provider's settings.", is_secret=True, only_if=("provider", ALL)),
    Field(
        "domain",
        "Sending domain",
        "As it is set up at Mailgun.",
        example="mg.example.org",
        only_if=("provider", frozenset({"mailgun"})),
    ),
    Field(
        "account",
        "Account",
        "Mailjet: the API key that belongs to the secret one. Scaleway: the project ID.",
        only_if=("provider", frozenset({"mailjet", "scaleway"})),
    ),
    Field(
        "api",
        "API address",
        "Only where the provider has several, such as https://api.eu.mailgun.net/v3/, or for your own Postal.",
        is_required=False,
        only_if=("provider", ALL),
        check=guard.check_url,
    ),
)
