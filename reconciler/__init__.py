"""GitOps for Amazon ECS: a loop that makes live state what `desired/` says, with the fewest possible changes.

    source ──▶ spec ──▶ kinds: desired ──┐
    (git, dir)  (YAML)                   ├─▶ rollout ──▶ plan ──▶ policy ──▶ execute ──▶ report
                      AWS ──▶ observe ───┘   waypoint    (pure)              (writes)    (metrics, log, page)

One pass reads a snapshot, makes one plan and executes it once; `loop` is that pass on one screen. Every arrow is
one call with plain frozen data (`model`) on both sides. AWS and git are the only databases: what must be
remembered is tags on the resources it concerns.
"""
