"""A directory: a client with a token that sends and reads SCIM."""

import json

import pytest

BASE = "/scim/v2"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class Directory:
    def __init__(self, client, secret):
        self.client = client
        self.headers = {"Authorization": f"Bearer {secret}"}

    def send(self, method: str, path: str, body=None, **query):
        content = body if isinstance(body, bytes | str) else json.dumps(body) if body is not None else ""
        return self.client.generic(
            method, f"{BASE}{path}", content, "application/scim+json", headers=self.headers, query_params=query
        )

    def get(self, path: str, **query):
        return self.send("GET", path, **query)

    def found(self, path: str, **query) -> list[str]:
        return [entry["id"] for entry in self.get(path, **query).json()["Resources"]]

    def post(self, path: str, body):
        return self.send("POST", path, body)

    def put(self, path: str, body):
        return self.send("PUT", path, body)

    def patch(self, path: str, *operations):
        return self.send("PATCH", path, {"schemas": [PATCH_OP], "Operations": list(operations)})

    def delete(self, path: str):
        return self.send("DELETE", path)


@pytest.fixture
def token(db):
    from directory import tokens  # noqa: PLC0415 - models: the settings are known only now
    from tests import factories  # noqa: PLC0415

    return tokens.issue("Entra ID", by=factories.account("Ada Admin"), now=factories.NOW)


@pytest.fixture
def directory(client, token):
    return Directory(client, token[1])
