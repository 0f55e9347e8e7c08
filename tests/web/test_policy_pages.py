"""The pages of the policy: versions with their approvals, who sees what, what differs, and the agreements."""

import re
from dataclasses import replace

from policies.client import shipped_text
from tests.hub_under_test import HubUnderTest
from tests.pages import browsing

ADDED = """
@id("nobody-for-performance")
@authority("A decision of the partners")
@reason("Figures are made from counts, and nobody's record is needed for them.")
@facets("all")
forbid (principal, action, resource) when { context.purpose == Purpose::"performance" };
"""


def test_a_partner_reads_versions_their_rules_who_sees_what_and_what_differs(shared_hub: HubUnderTest) -> None:
    text, versions = shipped_text(), shared_hub.hub.policy_versions
    current = versions.in_force()
    draft = versions.propose(replace(text, rules={**text.rules, "figures.cedar": ADDED}), by="tester")
    with browsing(shared_hub, "police.partner") as partner:
        partner.get("/")
        listed = partner.opens("/policy")
        assert listed.index(f"/policy/versions/{draft}") < listed.index(f"/policy/versions/{current}")
        assert "Proposed, not approved yet" in listed
        for agreement in shared_hub.hub.directory.load().agreements.values():
            assert agreement.authority.split("'")[0] in listed
            assert ", ".join(agreement.readers) in listed
        told = partner.opens(f"/policy/versions/{draft}")
        assert "nobody-for-performance" in told
        assert "A decision of the partners" in told
        seen = partner.opens(f"/policy/versions/{draft}/viewers/0")
        assert "Who sees what: MASH analyst" in seen
        assert re.search(r"Held for review </span>[^<]*legal order", seen)
        partner.get(f"/policy/versions/{draft}")
        changed = partner.opens(f"/policy/versions/{draft}/since/{current}")
        assert changed.count('role="rowheader"') == 1
        assert "nobody-for-performance" in changed
        assert "is needed for them. (A decision of the partners)" in changed
        same = partner.get(f"/policy/versions/{current}/since/{current}")
        assert "No rule differs." in same
        for address in ("viewers/18", "viewers/x", f"since/{'0' * 64}"):
            partner.get(f"/policy/versions/{draft}/{address}")
            assert partner.status == 404
