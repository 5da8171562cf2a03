"""What an operator has to get through, whatever happens to it: a state to begin with, and a script."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from reconciler.model import Phase
from reconciler.sandbox import Behaviour, Scenario
from tests.faults.crash import Step
from tests.loop.harness import Scene, Stage

Act = Callable[[Scene], None]

IMAGES = {"web:v2-falls": Behaviour(sick_after=30), "*:v2-broken": Behaviour(crashes_after=0)}


@dataclass(frozen=True, slots=True)
class Script:
    """Where it begins, undisturbed, and what then happens."""

    given: Sequence[Act]
    steps: Sequence[Step]
    share: float = 1
    """Of what is drawn from other scripts: less from one that waits for long, where many calls are the same."""

    @property
    def scenario(self) -> Scenario:
        """How the images behave."""
        return Scenario(images=IMAGES)


def web(version: str, strategy: str = "rolling", service: str = "web", **more: object) -> Act:
    """A service is written at a version. Its waits are short: nothing new goes wrong in a long one."""
    waits = {"deadline": "90s", "bake": "15s"}
    return lambda scene: scene.web(version, strategy, service, **waits | more)  # type: ignore[arg-type]


def each(*acts: Act) -> Act:
    """Several things happen at once."""

    def act(scene: Scene) -> None:
        for one in acts:
            one(scene)

    return act


def removed(service: str) -> Act:
    """A service's directory is deleted."""
    return lambda scene: scene.delete(service)


def renamed(service: str, name: str) -> Act:
    """A service's directory gets another name; its hosts stay."""

    def act(scene: Scene) -> None:
        services = scene.root / "services"
        (services / service).rename(services / name)

    return act


def environment(service: str, value: str) -> Act:
    """A service's configuration changes."""
    return lambda scene: scene.write(f"services/{service}/config.yml", f"default: {{LOG_LEVEL: {value}}}\n")


def health_check(service: str, path: str) -> Act:
    """A service's health is asked for elsewhere."""

    def act(scene: Scene) -> None:
        file = scene.root / f"services/{service}/service.yml"
        file.write_text(file.read_text().replace("port: 8080,", f"port: 8080, health_check: {{path: {path}}},"))

    return act


def rule_deleted_by_hand(scene: Scene) -> None:
    """Somebody deletes the rule that the service is reached by."""
    scene.client("elbv2").delete_rule(RuleArn=scene.rule()["RuleArn"])


def scaled_by_hand(scene: Scene) -> None:
    """Somebody asks for more tasks."""
    scene.client("ecs").update_service(cluster="test", service="web", desiredCount=5)


def in_phase(phase: Phase, service: str = "web") -> Callable[[Stage], bool]:
    """Whether a service is told to be in a phase."""
    return lambda stage: stage.status(service).phase is phase


def script(given: Sequence[Act], *steps: Step | Act, share: float = 1) -> Script:
    """Everything to its rest, unless a step says otherwise."""
    return Script(given, [step if isinstance(step, Step) else Step(step) for step in steps], share)


def canary(version: str, pause: str = "10s") -> Act:
    """A canary is written at a version: half of the traffic, and after a pause all of it."""
    return web(version, "canary", steps=f"{{setWeight: 50}}, {{pause: {{duration: {pause}}}}}")


BLUE, CANARY = web("v1", "blue-green"), canary("v1")
SCRIPTS: Mapping[str, Script] = {
    "a rolling service is made": script([], web("v1")),
    "a blue-green service is made": script([], BLUE),
    "a service without a way in is made": script([], web("v1", hosts=())),
    "a rolling release": script([web("v1")], web("v2")),
    "a blue-green release": script([BLUE], web("v2", "blue-green")),
    "two blue-green releases": script([BLUE], web("v2", "blue-green"), web("v3", "blue-green")),
    "a rolling release that crashes, and is rolled back by ECS": script([web("v1")], web("v2-broken")),
    "a rolling release that never answers, and runs into its deadline": script([web("v1")], web("v2-sick")),
    "a blue-green release that never answers": script([BLUE], web("v2-sick", "blue-green")),
    "a blue-green release that crashes": script([BLUE], web("v2-broken", "blue-green")),
    "a blue-green release that falls sick, and is taken back": script(
        [BLUE], web("v2-falls", "blue-green", bake="60s")
    ),
    "a failed release, and the next one": script([BLUE], web("v2-sick", "blue-green"), web("v3", "blue-green")),
    "a failed release, and back in git": script([BLUE], web("v2-broken", "blue-green"), BLUE),
    "a rolling release that fails, and the next one": script([web("v1")], web("v2-broken"), web("v3")),
    "back in git while it bakes": script([BLUE], Step(web("v2", "blue-green"), in_phase(Phase.BAKE)), BLUE),
    "a newer release while the one before is verified": script(
        [BLUE], Step(web("v2", "blue-green"), in_phase(Phase.VERIFY)), web("v3", "blue-green")
    ),
    "a canary release": script([CANARY], canary("v2")),
    "a canary that falls sick, and is taken back": script([CANARY], canary("v2-falls", pause="60s")),
    "a newer release while a canary has traffic": script(
        [CANARY], Step(canary("v2"), in_phase(Phase.CANARY)), canary("v3")
    ),
    "from rolling to blue-green": script([web("v1")], web("v2", "blue-green")),
    "from blue-green to rolling": script([BLUE], web("v2"), share=0.4),
    "a rolling service is removed": script([web("v1"), web("v1", service="other")], removed("other")),
    "a blue-green service is removed": script([BLUE, web("v1", "blue-green", "other")], removed("other")),
    "a service's directory is renamed": script([web("v1", hosts=("shop",))], renamed("web", "shop")),
    "a subdomain is renamed": script([web("v1")], web("v1", hosts=("shop",))),
    "a subdomain is renamed with a release": script([BLUE], web("v2", "blue-green", hosts=("shop",))),
    "a way in is added": script([BLUE], web("v2", "blue-green", hosts=("web", "adm"))),
    "a way in is taken away": script([web("v1", hosts=("web", "adm"))], web("v1")),
    "two services exchange their hosts": script(
        [each(web("v1", service="a", hosts=("left",)), web("v1", service="b", hosts=("right",)))],
        each(web("v1", service="a", hosts=("right",)), web("v1", service="b", hosts=("left",))),
    ),
    "more and fewer instances": script(
        [BLUE], web("v1", "blue-green", instances=4), web("v1", "blue-green", instances=1)
    ),
    "none, and some again": script([web("v1")], web("v1", instances=0), web("v1", instances=2)),
    "configuration changes": script([web("v1")], environment("web", "debug")),
    "a health check changes": script([web("v1")], health_check("web", "/ready")),
    "edits by hand": script([web("v1")], each(rule_deleted_by_hand, scaled_by_hand)),
    "three services are made at once": script(
        [], each(web("v1", service="a"), web("v1", "blue-green", "b"), web("v1", "blue-green"))
    ),
    "three releases at once, of which one fails": script(
        [each(web("v1", service="a"), web("v1", "blue-green", "b"), BLUE)],
        each(web("v2", service="a"), web("v2-broken", "blue-green", "b"), web("v2", "blue-green")),
    ),
}
