"""A small client of our own GraphQL API, as a front-end team would write it: a session cookie, a CSRF word, plain documents."""

from typing import Any, Self

import httpx2


class ApiRefused(Exception):
    """The API answered with a Problem or with errors; `code` is stable."""

    def __init__(self, code: str, message: str, field: str | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.field = code, message, field


class Client:
    """One person at one browser."""

    def __init__(self, base_url: str) -> None:
        self._http = httpx2.AsyncClient(base_url=base_url, timeout=60)
        self._csrf = ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def run(self, document: str, **variables: Any) -> Any:
        """Return the one root field's value of an operation; raise ApiRefused for a Problem or an error."""
        headers = {"x-plumb-csrf": self._csrf} if self._csrf else {}
        response = await self._http.post("/graphql", json={"query": document, "variables": variables}, headers=headers)
        answer = response.json()
        if answer.get("errors"):
            error = answer["errors"][0]
            extensions = error.get("extensions", {})
            raise ApiRefused(extensions.get("code", "ERROR"), error["message"], extensions.get("field"))
        value = next(iter(answer["data"].values()))
        if isinstance(value, dict) and str(value.get("__typename", "")).endswith("Problem"):
            raise ApiRefused(value["code"], value["message"], value.get("field"))
        return value

    async def login(self, email: str, password: str) -> None:
        """Open a session with e-mail and password."""
        document = (
            "mutation($i: LoginInput!) { login(input: $i) { __typename ...on LoginSuccess { csrfToken } " + PROBLEM + " } }"
        )
        self._csrf = (await self.run(document, i={"email": email, "password": password}))["csrfToken"]

    async def accept(self, credential: str, password: str) -> None:
        """Use an invitation and stay signed in."""
        document = (
            "mutation($i: AcceptInvitationInput!) { acceptInvitation(input: $i) { __typename ...on LoginSuccess { csrfToken } "
            + PROBLEM
            + " } }"
        )
        self._csrf = (await self.run(document, i={"credential": credential, "password": password}))["csrfToken"]

    async def download(self, path: str) -> httpx2.Response:
        """Get a file with the session's cookie."""
        return await self._http.get(path)

    async def upload(self, path: str, name: str, content: bytes) -> httpx2.Response:
        """Post a file as a browser form does."""
        return await self._http.post(path, files={"file": (name, content, "application/pdf")})


PROBLEM = "...on Problem { code message field }"
