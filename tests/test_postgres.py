"""PostgreSQL as the index: the same answers, published whole or not at all, and nothing believed without its hash."""

import ast
import json
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest
from eval.database import PASSWORD, Database, NoDatabaseError, running_database
from eval.degraded import without_encoder
from starlette.testclient import TestClient

from assistant.answering.question import Turn, read_question
from assistant.answering.ranking import rank_entries
from assistant.answering.reply import Desk, Limits, open_desk, reply_to
from assistant.errors import EngineError, SettingsError, SnapshotError
from assistant.index import deposit as deposits
from assistant.index import postgres, publishing
from assistant.index.build import build_snapshot
from assistant.index.database import Database as Connections
from assistant.index.database import _Connection
from assistant.index.deposit import Deposit
from assistant.index.engine import Fusion, Query, Rows
from assistant.index.moments import Moments
from assistant.index.place import Place
from assistant.index.rows import put_rows
from assistant.index.sealed import current_id
from assistant.index.snapshot import Snapshot
from assistant.library.model import Library
from assistant.serving.app import create_app
from assistant.serving.wire import answer_json
from assistant.settings import PACKAGED_ENCODER, Settings, settings_from

ROOT = Path(__file__).parents[1]
FOODS = "Which foods are rich in magnesium?"
FUSION = Fusion(unit_dense=0.4, chunk_dense=0.2, unit_terms=0.3, chunk_terms=0.1)
HOSTILE = (
    "'; DROP SCHEMA assistant CASCADE; --",
    'magnesium"; DELETE FROM assistant.current; --',
    "\\'; SELECT pg_sleep(9); --",
    "$$ magnesium $$ %s %(vector)s %b {0} {schema}",
    "magnesium\x00stress",
    "magnesium \ud800 stress",
    "') OR 1=1 UNION SELECT manifest FROM assistant.snapshots --",
    "E'\\x41' \u2028 \u202e ＇ ʼ ﬀ 𝟘",
    "x" * 1000,
)


@pytest.fixture(scope="module")
def server() -> Iterator[Database]:
    """A PostgreSQL with pgvector of its own."""
    try:
        with running_database() as database:
            yield database
    except NoDatabaseError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def mirror(index: Path, library: Library, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the one that publishes, with the four entries and then three built; not to be changed."""
    folder = copy_of(index, tmp_path_factory.mktemp("publishing") / "index")
    build_snapshot(without(library, "quendrite"), folder, PACKAGED_ENCODER)
    return folder


@pytest.fixture(scope="module")
def four(index: Path) -> str:
    """The id of the snapshot of four entries."""
    return current_id(index)


@pytest.fixture(scope="module")
def three(mirror: Path) -> str:
    """The id of the one that lacks quendrite."""
    return current_id(mirror)


@pytest.fixture(scope="module")
def url(server: Database, mirror: Path, four: str) -> str:
    """A database with the four entries published; not to be changed."""
    publish(server.url, mirror, four)
    return server.url


@pytest.fixture
def own_url(server: Database, url: str) -> str:
    """A copy of that database, to be changed."""
    with psycopg.connect(server.url_of("template1"), autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS own WITH (FORCE)")
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'postgres'"  # no copy while in use
        )
        connection.execute("CREATE DATABASE own TEMPLATE postgres STRATEGY file_copy")
    return server.url_of("own")


@pytest.fixture(scope="module")
def in_postgres(url: str, index: Path, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """The four entries, searched in the database."""
    return Place(copy_of(index, tmp_path_factory.mktemp("serving") / "mirror"), url).load(PACKAGED_ENCODER)


@pytest.fixture(scope="module")
def its_desk(in_postgres: Snapshot) -> Desk:
    """The same, ready to answer."""
    return open_desk(in_postgres, "GB")


def copy_of(index: Path, folder: Path) -> Path:
    """Copy an index folder; its model, which is large, is linked."""
    return Path(shutil.copytree(index, folder, copy_function=link_or_copy))


def link_or_copy(source: str, target: str) -> str:
    if source.endswith(".onnx"):
        Path(target).hardlink_to(source)
        return target
    return str(shutil.copy2(source, target))


def publish(url: str, mirror: Path, snapshot_id: str) -> None:
    """Publish a snapshot of a folder."""
    deposit = Deposit(Connections(url), mirror)
    with deposit.only_builder() as session:
        deposit.publish(session, snapshot_id, PACKAGED_ENCODER)


def without(library: Library, entry_id: str) -> Library:
    """A library that lacks an entry, as if it had been withdrawn."""
    kept = tuple(entry for entry in library.entries if entry.id != entry_id)
    return Library(kept, withdrawn=library.withdrawn | {entry_id})


def said(desk: Desk, question: str, *turns: Turn, limits: Limits = Limits()) -> dict[str, Any]:  # noqa: B008 - frozen
    """An answer's JSON, but for the time it took."""
    answer = answer_json(reply_to(question, turns, desk, limits))
    del answer["timings_ms"]
    return answer


def run(url: str, statement: Any, values: Any = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401  statements of these tests
    """What a database says to a statement."""
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []


class TestTheSameAnswers:
    def test_every_question_is_answered_alike(self, desk: Desk, its_desk: Desk) -> None:
        lines = (ROOT / "eval/questions/fictional.jsonl").read_text("utf-8").splitlines()
        for question in [FOODS, "kidney disease", *(json.loads(line)["question"] for line in lines[:60])]:
            assert said(its_desk, question) == said(desk, question), question

    def test_follow_ups_and_filters_too(self, desk: Desk, its_desk: Desk) -> None:
        turn = Turn("Which dose of velorin was studied?", ("velorin",))
        assert said(its_desk, "How many people was that?", turn) == said(desk, "How many people was that?", turn)
        safety, velorin, both = Limits(("safety",)), Limits((), ("velorin",)), Limits(("dose",), ("quendrite",))
        for limits in (safety, velorin, both, Limits(max_quotes=1)):
            assert said(its_desk, "Is it safe?", turn, limits=limits) == said(desk, "Is it safe?", turn, limits=limits)

    def test_and_by_words_alone(self, snapshot: Snapshot, in_postgres: Snapshot) -> None:
        ours, theirs = (open_desk(without_encoder(each), "GB") for each in (snapshot, in_postgres))
        for question in (FOODS, "velorin and kidneys", "zzzz qqqq", "?"):
            assert said(theirs, question) == said(ours, question)

    def test_entries_are_ranked_alike(self, desk: Desk, snapshot: Snapshot, in_postgres: Snapshot) -> None:
        for question in (FOODS, "soreness after training", "boiling ember beans"):
            reading = read_question(question, [], desk.vocabulary)
            vector = snapshot.encoder.encode(reading.plain)
            one, two = (rank_entries(each, reading, vector) for each in (snapshot, in_postgres))
            assert [each.entry_id for each in two] == [each.entry_id for each in one]
            assert [each.score for each in two] == pytest.approx([each.score for each in one], abs=1e-4)

    @pytest.mark.parametrize("rows", [None, np.arange(3, 60, 2)])
    @pytest.mark.parametrize("exact", [10, postgres.EXACT])
    def test_so_are_units_whether_every_one_is_scored_or_the_nearest(
        self, snapshot: Snapshot, in_postgres: Snapshot, monkeypatch: pytest.MonkeyPatch, exact: int, rows: Rows | None
    ) -> None:
        monkeypatch.setattr(postgres, "EXACT", exact)
        for text in ("velorin and sleep", "foods rich in magnesium"):
            terms = text.split()
            query = Query(snapshot.encoder.encode(text), terms, [*terms, terms[0]])
            one, two = (each.engine.find_units(query, FUSION, rows, 20) for each in (snapshot, in_postgres))
            assert [each.row for each in two] == [each.row for each in one]
            for mine, theirs in zip(one, two, strict=True):
                assert (theirs.unit_bm25, theirs.chunk_bm25) == (mine.unit_bm25, mine.chunk_bm25)
                assert theirs.score == pytest.approx(mine.score, abs=1e-4)
                assert theirs.unit_cosine == pytest.approx(mine.unit_cosine, abs=1e-5)
                assert theirs.chunk_cosine == pytest.approx(mine.chunk_cosine, abs=1e-5)

    def test_moments_are_those_of_every_score(self) -> None:
        chance = np.random.default_rng(3)
        vectors = chance.standard_normal((50, 8)).astype(np.float32)
        often = chance.integers(1, 5, 50)
        asked = chance.standard_normal(8).astype(np.float32)
        scores = np.repeat(vectors @ asked, often)
        found = Moments.of(vectors, often).z_scores(vectors @ asked, asked)
        assert found == pytest.approx((vectors @ asked - scores.mean()) / scores.std(), abs=1e-4)
        alike = Moments.of(np.ones((9, 8), np.float32), np.ones(9, dtype=np.intp))
        assert alike.z_scores(np.ones(3, np.float32), asked).tolist() == [0, 0, 0]


class TestPublishing:
    def test_another_machine_mirrors_every_file_and_builds_upon_it(
        self, own_url: str, library: Library, four: str, tmp_path: Path
    ) -> None:
        elsewhere = Place(tmp_path / "mirror", own_url)
        assert elsewhere.current_id() == elsewhere.load(PACKAGED_ENCODER).id == four
        built = elsewhere.build(library, PACKAGED_ENCODER)
        assert (built.snapshot_id, built.embedded) == (four, 0)
        assert current_id(elsewhere.up_to_date()) == elsewhere.current_id() == four

    def test_an_empty_database_holds_no_index(self, server: Database, tmp_path: Path) -> None:
        with pytest.raises(SnapshotError, match=r"no index in the database .*; make one with `assistant build`"):
            Place(tmp_path, server.url_of("template1")).current_id()

    def test_published_rolled_back_and_the_withdrawn_stays_withdrawn(
        self, own_url: str, mirror: Path, four: str, three: str, tmp_path: Path
    ) -> None:
        place = Place(copy_of(mirror, tmp_path / "mirror"), own_url)
        service = create_app(Settings(index=place.folder, database=own_url)).state.service
        service.load()
        assert "quendrite" in service.ready().snapshot.library.by_id
        publish(own_url, mirror, three)
        service.load()
        assert service.ready().snapshot.id == three
        assert "quendrite" not in service.ready().snapshot.library.by_id
        with pytest.raises(SnapshotError, match="would serve quendrite again"):
            place.roll_back(PACKAGED_ENCODER)
        assert place.current_id() == three
        with pytest.raises(SnapshotError, match="no one snapshot 'zzz' to go back to"):
            place.roll_back(PACKAGED_ENCODER, "zzz")
        assert place.roll_back(PACKAGED_ENCODER, even_withdrawn=True).after == four == place.current_id()
        service.load()
        assert service.ready().snapshot.id == four

    def test_a_builder_that_dies_midway_changes_nothing(
        self, own_url: str, mirror: Path, four: str, three: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before, write = run(own_url, STATE), put_rows

        def die(session: psycopg.Connection[tuple[Any, ...]], *given: Any) -> None:  # noqa: ANN401  passed on
            write(session, *given)
            session.execute("SELECT pg_terminate_backend(pg_backend_pid())")

        monkeypatch.setattr(deposits, "put_rows", die)
        with pytest.raises(EngineError):
            publish(own_url, mirror, three)
        assert run(own_url, STATE) == before
        assert Place(mirror, own_url).current_id() == four

    def test_one_builder_at_a_time(self, url: str, mirror: Path, four: str) -> None:
        with Deposit(Connections(url), mirror).only_builder(), pytest.raises(SnapshotError, match="another build"):
            publish(url, mirror, four)

    def test_only_the_last_are_kept(
        self, own_url: str, mirror: Path, three: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert publishing.KEPT == 3
        monkeypatch.setattr(deposits, "KEPT", 1)
        publish(own_url, mirror, three)
        assert run(own_url, "SELECT id FROM assistant.snapshots") == [(three,)]
        schemas = run(own_url, "SELECT nspname::text FROM pg_namespace WHERE nspname ~ '^snapshot'")
        assert schemas == [(postgres.schema_of(three),)]
        manifest = json.loads((mirror / three / "manifest.json").read_text("utf-8"))
        parts = run(own_url, "SELECT DISTINCT sha256 FROM assistant.parts")
        assert {each for (each,) in parts} == {each["sha256"] for each in manifest["files"].values()}


STATE = (
    "SELECT (SELECT array_agg(id ORDER BY id) FROM assistant.snapshots), (SELECT id FROM assistant.current),"
    " (SELECT count(*) FROM assistant.parts), (SELECT array_agg(relname::text ORDER BY relname) FROM pg_class"
    " JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE nspname !~ '^pg_'),"
    " (SELECT sum(n_tup_upd + n_tup_del) FROM pg_stat_user_tables WHERE schemaname ~ '^snapshot')"
)


class TestNothingIsBelievedWithoutItsHash:
    @pytest.mark.parametrize(
        "damage",
        [
            "UPDATE assistant.parts SET data = set_byte(data, 900, (get_byte(data, 900) + 1) %% 256) WHERE sha256 = %s",
            "UPDATE assistant.parts SET data = substr(data, 2) WHERE sha256 = %s",
            "DELETE FROM assistant.parts WHERE sha256 = %s",
        ],
    )
    def test_an_altered_text_is_refused_and_never_quoted(
        self, own_url: str, index: Path, mirror: Path, four: str, tmp_path: Path, damage: str
    ) -> None:
        elsewhere = copy_of(index, tmp_path / "mirror")
        (elsewhere / four / "library.json").unlink()
        manifest = json.loads((index / four / "manifest.json").read_text("utf-8"))
        run(own_url, damage, (manifest["files"]["library.json"]["sha256"],))
        with pytest.raises(SnapshotError, match=r"library.json of snapshot .* was altered since it was published"):
            Place(elsewhere, own_url).load(PACKAGED_ENCODER)
        assert not (elsewhere / four / "library.json").exists()
        if damage.startswith("DELETE"):
            publish(own_url, mirror, four)
            assert Place(elsewhere, own_url).load(PACKAGED_ENCODER).id == four

    def test_an_altered_manifest_and_a_name_that_is_none_are_refused(self, own_url: str, tmp_path: Path) -> None:
        run(own_url, "UPDATE assistant.snapshots SET manifest = manifest || ' '::bytea")
        with pytest.raises(SnapshotError, match=r"the manifest of snapshot .* was altered"):
            Place(tmp_path, own_url).load(PACKAGED_ENCODER)
        assert list(tmp_path.glob(".fetching-*")) == []
        run(own_url, "ALTER TABLE assistant.current DROP CONSTRAINT current_id_fkey")
        run(own_url, "UPDATE assistant.current SET id = '../../etc'")
        with pytest.raises(SnapshotError, match="does not name a snapshot"):
            Place(tmp_path, own_url).load(PACKAGED_ENCODER)

    def test_rows_that_are_missing_are_noticed(self, own_url: str, index: Path, four: str, tmp_path: Path) -> None:
        schema = psycopg.sql.Identifier(postgres.schema_of(four))
        run(own_url, psycopg.sql.SQL("DELETE FROM {0}.units WHERE row = 7").format(schema))
        with pytest.raises(SnapshotError, match="does not hold all rows"):
            Place(copy_of(index, tmp_path / "mirror"), own_url).load(PACKAGED_ENCODER)


class TestHostileText:
    def test_through_every_field_nothing_but_a_value_arrives(self, url: str, index: Path, its_desk: Desk) -> None:
        before = run(url, STATE)
        app = create_app(Settings(index=index))
        app.state.service.desk = its_desk
        with TestClient(app) as client:
            for text in HOSTILE:
                turn = {"question": text[:500], "subjects": [text[:100]], "dropped": [text[:100]]}
                filters = {"entries": [text[:100]]}
                for body in (
                    {"question": text},
                    {"question": f"magnesium {text}"[:1000]},
                    {"question": "Is it safe?", "turns": [turn]},
                    {"question": FOODS, "filters": filters},
                    {"question": FOODS, "filters": {"sections": [text[:100]]}},
                    {"question": FOODS, "max_quotes": text, "max_tokens": text},
                ):
                    sent = json.dumps(body).encode()
                    reply = client.post("/v1/ask", content=sent, headers={"content-type": "application/json"})
                    assert reply.status_code in (200, 422), (text, body)
                plain = text.encode("utf-8", "replace").decode()
                for given in ({"q": plain}, {"q": FOODS, "entry": plain[:100]}, {"q": FOODS, "section": plain}):
                    assert client.get("/v1/search", params=given).status_code in (200, 422)
        assert run(url, STATE) == before

    def test_as_terms_it_finds_what_the_embedded_engine_finds(self, snapshot: Snapshot, in_postgres: Snapshot) -> None:
        terms = ["magnesium", *HOSTILE, "magnesium", ""]
        vector = snapshot.encoder.encode("magnesium")
        one, two = snapshot.engine, in_postgres.engine
        rows = np.arange(len(snapshot.units))
        for mine, theirs in zip(one.word_scores(terms, rows), two.word_scores(terms, rows), strict=True):
            np.testing.assert_array_equal(theirs, mine)
        weights = dict.fromkeys(terms, 0.5)
        np.testing.assert_array_equal(two.entry_scores(weights), one.entry_scores(weights))
        assert two.rarities(terms) == one.rarities(terms)
        for limit in (0, 1, 7):
            found = [each.find_units(Query(vector, terms, terms), FUSION, rows, limit) for each in (one, two)]
            assert [each.row for each in found[1]] == [each.row for each in found[0]]

    @pytest.mark.parametrize("module", ["database", "deposit", "mirror", "postgres", "rows"])
    def test_no_statement_is_made_of_values(self, module: str) -> None:
        """What is run is a constant, or made by psycopg of constants and quoted names."""
        path = ROOT / "src/assistant/index" / f"{module}.py"
        tree = ast.parse(path.read_text("utf-8"))
        asked = 0
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                words = " ".join(str(each.value) for each in node.values if isinstance(each, ast.Constant))
                statement = ("SELECT ", "INSERT ", "UPDATE ", "DELETE ", "DROP ", "CREATE ", "COPY ", "SET ", "WHERE ")
                assert not any(word in words for word in statement), ast.unparse(node)
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if node.func.attr == "SQL":
                assert isinstance(node.args[0], ast.Constant | ast.Name), ast.unparse(node)
            if node.func.attr in ("execute", "copy", "rows", "_read") and node.args:
                asked += 1
                made = node.args[0]
                if isinstance(made, ast.Call):
                    assert isinstance(made.func, ast.Attribute), ast.unparse(made)
                    assert made.func.attr == "format", ast.unparse(made)
                    parts = [*made.args, *(each.value for each in made.keywords)]
                    quoted = ("sql.Identifier(", "sql.Literal(dimensions)", "schema", "parts")
                    assert all(ast.unparse(part).lstrip("*").startswith(quoted) for part in parts), ast.unparse(made)
                else:
                    assert isinstance(made, ast.Constant | ast.Name), ast.unparse(made)
        assert asked >= 2

    def test_every_statement_is_a_constant(self) -> None:
        """Those of the engine, which stand by themselves: nothing is put together there."""
        tree = ast.parse((ROOT / "src/assistant/index/statements.py").read_text("utf-8"))
        assert not any(isinstance(node, ast.JoinedStr | ast.BinOp) for node in ast.walk(tree))
        made = [each for each in ast.walk(tree) if isinstance(each, ast.Call) and ast.unparse(each.func) == "sql.SQL"]
        assert len(made) > 10
        assert all(isinstance(each.args[0], ast.Constant) for each in made)


class TestTheDatabaseGoesAway:
    def test_no_part_of_an_answer_then_all_of_it_again(
        self, server: Database, own_url: str, index: Path, tmp_path: Path
    ) -> None:
        app = create_app(Settings(index=copy_of(index, tmp_path / "mirror"), database=own_url))
        service = app.state.service
        service.load()
        with TestClient(app, raise_server_exceptions=False) as client:
            answer = client.post("/v1/ask", json={"question": FOODS}).json()
            assert answer["quotes"]
            server.stop("immediate")
            try:
                for _ in range(3):
                    for reply in (
                        client.post("/v1/ask", json={"question": FOODS}),
                        client.get("/v1/search", params={"q": FOODS}),
                        client.post("/v1/chat/completions", json={"messages": [{"role": "user", "content": FOODS}]}),
                    ):
                        assert (reply.status_code, reply.headers.get("retry-after")) == (503, "5")
                        assert "magnesium" not in reply.text.lower()
                        assert PASSWORD not in reply.text
                with pytest.raises(EngineError):
                    service.load()
                assert client.get("/readyz").status_code == 503
                # Dangers are heard without a search.
                danger = client.post("/v1/ask", json={"question": "I want to kill myself"}).json()
                assert danger["status"] == "redirected"
            finally:
                server.start()
            wait_for(lambda: client.post("/v1/ask", json={"question": FOODS}).status_code == 200)
            again = client.post("/v1/ask", json={"question": FOODS}).json()
            del answer["timings_ms"], again["timings_ms"]
            assert again == answer
            service.load()
            assert client.get("/readyz").status_code == 200

    def test_a_network_that_swallows_everything_holds_nobody_for_long(
        self, server: Database, url: str, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(_Connection, "patience", 0.5)
        with passing_on(server.port) as (port, swallow):
            place = Place(copy_of(index, tmp_path / "mirror"), server.url_of("postgres", port))
            desk = open_desk(place.load(PACKAGED_ENCODER), "GB")
            before = said(desk, FOODS)
            swallow.set()
            with pytest.raises(EngineError, match="does not answer"):
                reply_to(FOODS, [], desk)
            with pytest.raises(EngineError, match="a moment ago"):
                reply_to(FOODS, [], desk)
            swallow.clear()
            wait_for(lambda: said(desk, FOODS) == before)


def wait_for(happens: Any, seconds: float = 20.0) -> None:  # noqa: ANN401  a condition
    """Wait until something is so, errors of the engine meanwhile included."""
    done = threading.Event()
    for _ in range(int(seconds / 0.1)):
        try:
            if happens():
                return
        except EngineError:
            pass
        done.wait(0.1)
    raise AssertionError("it never was so")


@contextmanager
def passing_on(port: int) -> Iterator[tuple[int, threading.Event]]:
    """A door to a port of this machine that, while the event is set, takes what is sent and passes nothing on."""
    swallow = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    opened = [listener]

    def pump(source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                if not swallow.is_set():
                    target.sendall(data)
        except OSError:
            pass
        finally:
            for each in (source, target):
                each.close()

    def accept() -> None:
        while True:
            try:
                inside, _ = listener.accept()
            except OSError:
                return
            outside = socket.create_connection(("127.0.0.1", port))
            opened.extend((inside, outside))
            for pair in ((inside, outside), (outside, inside)):
                threading.Thread(target=pump, args=pair, daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1], swallow
    finally:
        for each in opened:
            each.close()


class TestTheSetting:
    def test_one_setting_chooses_it_and_its_password_is_not_shown(self) -> None:
        address = "postgresql://reader:hidden-word@db.example.org:5433/library"
        settings = settings_from({"ASSISTANT_INDEX": address})
        assert settings.database == address
        assert settings.index == Path("index/mirror")
        assert "hidden-word" not in repr(settings)
        assert "hidden-word" not in f"{Connections(address).name} {Place(Path('x'), address).name}"
        assert settings_from({"ASSISTANT_INDEX": "data/index"}).database == ""

    @pytest.mark.parametrize("value", ["mysql://a:hidden-word@b/c", "https://hidden-word@b"])
    def test_another_kind_of_address_is_refused_without_being_repeated(self, value: str) -> None:
        with pytest.raises(SettingsError, match=r"ASSISTANT_INDEX .* postgresql://…") as raised:
            settings_from({"ASSISTANT_INDEX": value})
        assert "hidden-word" not in str(raised.value)

    @pytest.mark.parametrize("value", ["postgresql://a:hidden%zzword@b/c", "postgresql://a@b/c?hidden=word"])
    def test_an_address_that_cannot_be_read_is_not_repeated(self, value: str, tmp_path: Path) -> None:
        with pytest.raises(SettingsError, match="not a PostgreSQL address") as raised:
            Place(tmp_path, value)
        assert "hidden" not in str(raised.value)

    def test_without_psycopg_one_line_says_what_to_install(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "assistant.index.database", None)
        with pytest.raises(SettingsError, match=r"install it with `pip install 'assistant\[postgres\]'`"):
            Place(tmp_path, "postgresql://a@b/c")

    def test_the_command_line_says_in_one_line_that_nobody_answers(self, tmp_path: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        address = f"postgresql://reader:hidden-word@127.0.0.1:{port}/library"
        command = [sys.executable, "-m", "assistant.cli", "ask", FOODS, "--index", address]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert f"the database 127.0.0.1:{port}/library does not answer" in done.stderr
        assert "hidden-word" not in done.stderr
