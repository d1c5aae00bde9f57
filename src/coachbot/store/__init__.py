"""The workspace's store: what a team's calls, deals and decisions leave behind, and their files.

>>> store = open_store()                                  # doctest: +SKIP
>>> with store.begin() as unit:                           # doctest: +SKIP
...     call, new = unit.calls.add(Call(id=new_id(), ...))

`open_store(settings=None, *, url=None, home=None, files_url=None, wait=None, upgrade=None) -> Store`
    SQLite in `home`, or PostgreSQL by `url` / the setting `database_url`. One Store for a process, safe
    between threads. `store.begin()` is a transaction for writing, `store.read()` a snapshot for reading;
    both give a Unit. `store.run(work)` repeats `work(unit)` after a lost connection or a collision.
    `store.files`: put(stream, limit=) -> (sha, size), put_path, open, read(sha, start, length),
    chunks(sha, start, end), exists, size, local_path, verify, all, remove.

Everything comes in and out as the frozen types of model/workspace.py. `get` gives None for what is not
there, `need` (and `load`, `visible`) raise NotFoundError. `update(thing, expected=version)` writes only
where the stored version is still that one, and raises ConflictError(current, proposed, expected) otherwise.
Lists give `Page(items, next_cursor)`; `visible_to` takes a Viewer (None: sees all, as in local mode).

unit.users        add(user, password_hash=), update, get, need, by_email, list(team=, role=), count,
                  password_hash(id), set_password_hash(id, hash)
unit.access       open_session(user_id, lasts=, data=) -> (secret, Session), session(secret) -> (Session,
                  User) | None, close_session, close_sessions_of, sweep; create_token(user_id, name,
                  expires_at=) -> (secret, ApiToken), user_of_token(secret, touch=), tokens, revoke_token
unit.accounts     add, update, get, need, by_name, by_domain, ensure(name, domain=, segment=), list
unit.people       add, update, get, need, of_account, named(account_id, name), match(names=, emails=),
                  touch(id, at)
unit.deals        add(deal, by=, at=), update(deal, expected=, by=, at=, why=, unmet=), move(id, stage,
                  expected=, by=, why=, unmet=), get, need, visible(id, viewer), by_name, by_external_id,
                  of_account, list(visible_to=, owner=, team=, stage=, outcome=, account_id=, text=, sort=),
                  all, overview(id, most=) -> DealOverview, stage_changes(id=None), close_dates(id=None),
                  record_stage_changes, record_close_dates, touch. Stage and close-date history are
                  written by add and update themselves.
unit.documents    add(document, pages=, shortened=), of_deal(deal_id) -> Page, count, shown(deal_id, id),
                  named, notes(deal_id) -> ((document, pages, shortened), …), remove(deal_id, id, by=)
unit.tries        add(*keys), most(keys, within), forget(*keys): failed logins
unit.calls        add(call) -> (call, is_new), update(call, expected=), set_state(id, state, error=), get,
                  need, visible(id, viewer), by_file(sha, owner=, deal_id=), of_file, of_deal,
                  list(visible_to=, states=, deal_id=, unlinked=, owner=, team=, text=), inbox(visible_to=),
                  counts, waiting, delete
unit.transcripts  put(call_id, transcript) -> StoredTranscript, load(call_id, number=None), info, turns(ids)
unit.recaps       put(RecapVersion), next_number(call_id), latest, load(call_id, number=None), versions
unit.items        add, update(item, expected=), sync(call_id, found, recap_version=), get, need, of_call,
                  progress(call_ids) -> {call_id: (decided, all)}
unit.decisions    add(Decision), of_item, of_call, acceptance(kind=)
unit.facts        put(fact), replace(old_id, new_id), restore, withdraw(item_id), get, of_item, of_deal(id,
                  kind=, key=, replaced=), of_call, keys_by_deal, all
unit.objections   put, put_many, remove(ids), of_call, of_deal, list(**filters), each(**filters) (streamed),
                  count(by=(…), **filters) -> ObjectionCount…
unit.steps        put(StepRun), load(call_id, step), of_call, of_calls, counts, clear
unit.slots        take(provider, holder, at_once=, per_minute=, lease_s=, dead_after_s=) -> id | None,
                  give_back(id), inherit(holder, within_s=), under_way: requests on their way to providers
unit.usage        put(Usage), of_call, totals(since=)
unit.audit        add(what, subject, who=, before=, after=, why=), list(subject=, who=, what=), since(id)
unit.marks        add(kind, subject, key=, value=, by=, why=), latest, current(kind), history: small things
                  that a room remembers (dismissed risks, feedback, reminders sent, switches)
unit.search(text, limit=, cursor=, visible_to=) -> Page[Hit]: turns, facts and titles, newest call first
`add_many` (calls, deals, items, facts, objections, recaps, …) and `transcripts.put_many` insert in bulk;
a deal's histories are then given by record_stage_changes and record_close_dates. `unit.lock(name)` keeps
two transactions from making the same thing twice. Where the database refuses a write (UsageError), leave
the block: on PostgreSQL the transaction is over.

Ids: `new_id()` for new things; `stable_id(call_id, …)` where the same thing must get the same id again
(items: a recap's item ids are unique within a call only).
"""

from __future__ import annotations

from coachbot.errors import ConflictError, NotFoundError, StoreError
from coachbot.store.ids import new_id, stable_id
from coachbot.store.overview import SHOWN, Most
from coachbot.store.records import (
    ApiToken,
    DealOverview,
    DealTotals,
    Decision,
    DecisionCount,
    Hit,
    Mark,
    ObjectionCount,
    Page,
    Session,
    StoredTranscript,
    Usage,
    Viewer,
    now,
)
from coachbot.store.store import Store, open_store
from coachbot.store.unit import Unit

__all__ = [
    "SHOWN",
    "ApiToken",
    "ConflictError",
    "DealOverview",
    "DealTotals",
    "Decision",
    "DecisionCount",
    "Hit",
    "Mark",
    "Most",
    "NotFoundError",
    "ObjectionCount",
    "Page",
    "Session",
    "Store",
    "StoreError",
    "StoredTranscript",
    "Unit",
    "Usage",
    "Viewer",
    "new_id",
    "now",
    "open_store",
    "stable_id",
]
