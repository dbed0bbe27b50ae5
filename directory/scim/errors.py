"""What goes wrong, in the words of RFC 7644 3.12: a status, a type that the client's program knows, and a sentence."""


class ScimError(Exception):
    def __init__(self, status: int, detail: str, scim_type: str = ""):
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.scim_type = scim_type

    def document(self) -> dict:
        told = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": str(self.status)}
        kind = {"scimType": self.scim_type} if self.scim_type else {}
        return {**told, **kind, "detail": self.detail}


def invalid_value(detail: str) -> ScimError:
    return ScimError(400, detail, "invalidValue")


def invalid_filter(detail: str) -> ScimError:
    return ScimError(400, detail, "invalidFilter")


def invalid_path(detail: str) -> ScimError:
    return ScimError(400, detail, "invalidPath")


def invalid_syntax(detail: str) -> ScimError:
    return ScimError(400, detail, "invalidSyntax")


def taken(detail: str) -> ScimError:
    return ScimError(409, detail, "uniqueness")


def not_found(what: str, key: str) -> ScimError:
    return ScimError(404, f"There is no {what} with the id {key[:40]!r}.")
