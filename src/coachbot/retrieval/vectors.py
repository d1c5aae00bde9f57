"""The vector index: Chroma, embedded or as a server. The only module that knows chromadb.

Vectors are our own encoder's; Chroma's default embedder is never used. An embedded client does not see what
another process writes, so a client is opened again when the index's generation has changed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from coachbot.errors import SearchError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

T = TypeVar("T")
HNSW = {"space": "cosine", "ef_construction": 200, "ef_search": 200, "max_neighbors": 32}
BATCH = 1000
PATIENCE = 30.0
"""Seconds that a server may take."""
TELLING = 5000
"""Ids that a query may name; beyond, the filter goes into the query's `where`."""


def _sessions(client: Any) -> list[Any]:
    """The httpx sessions of a client of a server, which Chroma 1.5 neither limits nor closes; else none."""
    holders = (client, getattr(client, "_admin_client", None))
    found = (getattr(getattr(holder, "_server", None), "_session", None) for holder in holders)
    return [session for session in found if session is not None]


class LostError(SearchError):
    """A collection that should be there is not, as after a server came back without its data."""


def _is_lost(error: Exception) -> bool:
    from chromadb.errors import NotFoundError

    return isinstance(error, NotFoundError)


def _is_stale(error: Exception) -> bool:
    import httpx

    return _is_lost(error) or isinstance(
        error, (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)
    )


def _is_final(error: Exception) -> bool:
    """Whether a server refused the request itself, so that the same one will be refused again."""
    import httpx
    from chromadb.errors import ChromaError

    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code < 500
    return isinstance(error, ChromaError) and error.code() < 500


_shared: dict[Path | str, Chroma] = {}
_sharing = threading.Lock()


def shared(place: Path | str) -> Chroma:
    """The one Chroma of this process for a place that changes.

    Clients of one folder share their state within a process; were there several, closing one would not
    make it read anew what other processes wrote.
    """
    with _sharing:
        return _shared.setdefault(place, Chroma(place))


class Chroma:
    """A way to Chroma: a folder, or the URL of a server."""

    def __init__(self, place: Path | str) -> None:
        self.place = place
        self._lock = threading.RLock()
        self._client: Any = None
        self._collections: dict[str, Any] = {}

    @property
    def server(self) -> bool:
        """Whether it is a server."""
        return isinstance(self.place, str)

    def client(self) -> Any:
        """The open client. SearchError where the server does not answer or the folder cannot be used."""
        with self._lock:
            if self._client is None:
                with self._failing():
                    self._client = self._open()
            return self._client

    def _open(self) -> Any:
        import chromadb
        import httpx
        from chromadb.config import Settings

        quiet = Settings(anonymized_telemetry=False)
        if isinstance(self.place, Path):
            return chromadb.PersistentClient(str(self.place), settings=quiet)
        url = urlsplit(self.place)
        secure = url.scheme == "https"
        if not url.hostname:
            raise SearchError(self._sentence(ValueError("it names no host")))
        # asked first, with a limit: Chroma's own client waits for ever
        httpx.get(f"{self.place.rstrip('/')}/api/v2/heartbeat", timeout=PATIENCE).raise_for_status()
        port = url.port or (443 if secure else 8000)
        client = chromadb.HttpClient(host=url.hostname, port=port, ssl=secure, settings=quiet)
        for session in _sessions(client):
            session.timeout = httpx.Timeout(PATIENCE)
        return client

    def check(self) -> None:
        """Connect and let go again. SearchError where that cannot be."""
        self.client()
        self.close()

    def close(self) -> None:
        """Let go of the client; the next use opens a fresh one."""
        with self._lock:
            client, self._client = self._client, None
            self._collections.clear()
            if client is not None:
                sessions = _sessions(client)
                client.close()
                for session in sessions:
                    session.close()

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except SearchError:
            raise
        except Exception as error:  # chromadb raises errors of its own, of httpx and of sqlite
            if _is_lost(error):
                raise LostError(self._sentence(error), transient=self.server) from error
            again = self.server and not _is_final(error)
            raise SearchError(self._sentence(error), transient=again) from error

    def _ask(self, name: str, work: Callable[[Any], T]) -> T:
        """What `work` makes of a collection. All that is asked may be asked twice with the effect of once.

        A server that was started again has closed the connections, and a collection that was made anew has
        another number: both show at the next request, which is then repeated once.
        """
        with self._lock, self._failing():
            held = self._collections.get(name)
            if held is None or not self.server:
                return work(self.collection(name))
            try:
                return work(held)
            except Exception as error:
                if not _is_stale(error):
                    raise
                self.close()
            return work(self.collection(name))

    def _sentence(self, error: Exception) -> str:
        what = " ".join(str(error).split())[:160] or type(error).__name__
        if self.server:
            return (
                f"the Chroma server at {self.place} cannot be used ({what}): start it with `chroma run`, "
                "or leave COACHBOT_CHROMA_URL empty to keep the index in the workspace"
            )
        return f"the vector index in {self.place} cannot be used ({what}): search again and it is built anew"

    def create(self, name: str) -> None:
        """A new, empty collection; an older one of that name is dropped."""
        with self._lock, self._failing():
            client = self.client()
            self._drop(client, name)
            made = client.create_collection(name, embedding_function=None, configuration={"hnsw": HNSW})
            self._collections[name] = made

    def drop(self, name: str) -> None:
        """Remove a collection, if it is there."""
        with self._lock, self._failing():
            self._drop(self.client(), name)

    def _drop(self, client: Any, name: str) -> None:
        from chromadb.errors import NotFoundError

        self._collections.pop(name, None)
        try:
            client.delete_collection(name)
        except (NotFoundError, ValueError):
            return

    def collection(self, name: str) -> Any:
        """A collection that is there. SearchError where it is not."""
        with self._lock, self._failing():
            if name not in self._collections:
                self._collections[name] = self.client().get_collection(name, embedding_function=None)
            return self._collections[name]

    def add(
        self,
        name: str,
        ids: Sequence[str],
        vectors: Vectors,
        metadatas: Sequence[dict[str, Any]] | None = None,
    ) -> None:
        """Add vectors, shape (n, width), under their ids, or put them in place of those that are there."""

        def put(held: Any) -> None:
            for at in range(0, len(ids), BATCH):
                part = slice(at, at + BATCH)
                held.upsert(
                    ids=list(ids[part]),
                    embeddings=vectors[part],
                    metadatas=list(metadatas[part]) if metadatas else None,
                )

        self._ask(name, put)

    def delete(self, name: str, ids: Sequence[str]) -> None:
        """Remove vectors by id; ids that are not there do not matter."""

        def drop(held: Any) -> None:
            for at in range(0, len(ids), BATCH):
                held.delete(ids=list(ids[at : at + BATCH]))

        self._ask(name, drop)

    def owned(self, name: str, owner: str) -> list[str]:
        """Ids of the vectors whose metadata say that `owner` has them."""
        found = self._ask(name, lambda held: held.get(where={"owner": owner}, include=[]))
        return [str(i) for i in found["ids"]]

    def vectors(self, name: str, ids: Sequence[str]) -> dict[str, Vectors]:
        """The vectors that are there under these ids, each of shape (width,)."""

        def get(held: Any) -> dict[str, Vectors]:
            found: dict[str, Vectors] = {}
            for at in range(0, len(ids), BATCH):
                part = held.get(ids=list(ids[at : at + BATCH]), include=["embeddings"])
                found |= zip(part["ids"], part["embeddings"], strict=True)
            return found

        return self._ask(name, get)

    def count(self, name: str) -> int:
        """Number of vectors of a collection."""
        return int(self._ask(name, lambda held: held.count()))

    def search(
        self,
        name: str,
        vector: Vectors,
        k: int,
        *,
        ids: Sequence[str] | None = None,
        where: dict[str, Any] | None = None,
    ) -> list[str]:
        """Ids of the nearest vectors, nearest first, among those that may be found."""
        most = min(k, len(ids)) if ids is not None else k
        if most == 0:
            return []

        def ask(held: Any) -> Any:
            return held.query(
                query_embeddings=vector.reshape(1, -1),
                n_results=most,
                ids=list(ids) if ids is not None else None,
                where=where,
                include=[],
            )

        found = self._ask(name, ask)
        return [str(i) for i in found["ids"][0]]
