"""Conditions over letters that several statements share; braces take the name of the letter."""

from plumb_tenants.letters.rules import CLOSED, LetterState

# A letter is outdated as soon as a goal that it binds has another current version, or a later letter took its place (N3).
OUTDATED = """({0}.superseded_by is not null or exists (
  select from letter_goal b
  join goal g on g.tenant_id = b.tenant_id and g.id = b.goal_id
  join goal_version v on v.tenant_id = g.tenant_id and v.goal_id = g.id and v.number = g.current_number
  where b.tenant_id = {0}.tenant_id and b.letter_id = {0}.id and v.id <> b.goal_version_id))"""
UNSEALABLE = """(l.state = 'SIGNED' and exists (
  select from outbox o where o.tenant_id = l.tenant_id and o.topic = 'letters.seal' and o.dedupe_key = l.id::text
  and o.failed_at is not null))"""
ENDED = "({0}.state in (" + ", ".join(f"'{state}'" for state in LetterState if state in CLOSED) + "))"
LIVE = f"(not {OUTDATED.format('l')} and not {UNSEALABLE} and not {ENDED.format('l')})"
"""A letter that binds its goals: another one over them has to wait for what becomes of it."""
