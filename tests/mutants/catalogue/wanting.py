"""What git says: an operator that lets too much in."""

from tests.mutants.mutant import Mutant

GUARDRAILS = "tests/spec/test_guardrails.py::test_what_is_not_allowed_is_refused_where_it_is_asked_for"
MUTANTS = (
    Mutant(
        "runs a privileged container where none is allowed",
        "reconciler/spec/checks/guardrails/containers.py",
        'if container.over.get("privileged") and not workload.cluster.guardrails.privileged:',
        'if container.over.get("privileged") is None and not workload.cluster.guardrails.privileged:',
        (GUARDRAILS,),
    ),
    Mutant(
        "gives its own role to a service",
        "reconciler/spec/checks/guardrails/roles.py",
        "for own in case.own_roles if own",
        "for own in () if own",
        ("tests/spec/test_guardrail_lists.py::test_the_operator_s_own_role_is_nobody_else_s_whatever_the_lists_say",),
    ),
    Mutant(
        "gives a service whatever role it asks for",
        "reconciler/spec/checks/guardrails/roles.py",
        "        return pattern == name\n",
        "        return name.startswith(pattern)\n",
        ("tests/spec/test_guardrail_lists.py::test_a_role_of_another_path_spelling_or_service_is_another_role",),
    ),
    Mutant(
        "gives a host name to each of two services that claim it",
        "reconciler/spec/claims.py",
        "            if others:  # names",
        '            if others and claim.kind != "the hostname":  # names',
        ("tests/spec/test_refusals.py::test_a_broken_file_is_refused_with_position_and_advice_and_harms_nobody_else",),
    ),
    Mutant(
        "wakes for a push that is not signed with the secret",
        "reconciler/report/webhook.py",
        "        if not is_genuine(self.secret, request, body):\n",
        "        if not self.secret:\n",
        ("tests/report/test_webhook.py::test_who_does_not_know_the_secret_is_refused_and_wakes_nobody",),
    ),
    Mutant(
        "reads a pushed body of any size",
        "reconciler/report/webhook.py",
        "        if len(length) > len(str(MAX_BYTES)) or int(length) > MAX_BYTES:\n",
        "        if int(length) < 0:\n",
        ("tests/report/test_webhook.py::test_a_body_that_is_too_large_is_refused_before_any_of_it_is_read",),
    ),
)
