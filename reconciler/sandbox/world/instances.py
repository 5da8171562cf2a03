"""EC2 instances that join an ECS cluster."""

from itertools import cycle

from moto.ec2.models import ec2_backends
from moto.ecs.models import EC2ContainerServiceBackend

IMAGE = "ami-0123456789abcdef0"


def add_instances(
    backend: EC2ContainerServiceBackend, cluster: str, number: int, *, cpu: int, memory: int
) -> tuple[str, ...]:
    """Start instances, spread over the zones of the default VPC, and register them; returns their ARNs."""
    ec2 = ec2_backends[backend.account_id][backend.region_name]
    zones = cycle(sorted(ec2.get_default_subnets()))
    arns = []
    for _ in range(number):
        reservation = ec2.run_instances(
            IMAGE, 1, None, [], instance_type="m5.xlarge", is_instance_type_default=True, placement=next(zones)
        )
        instance = backend.register_container_instance(cluster, reservation.instances[0].id)
        for resources in (instance.registered_resources, instance.remaining_resources):
            for each in resources:
                each["integerValue"] = {"CPU": cpu, "MEMORY": memory}.get(each["name"], each["integerValue"])
        arns.append(instance.container_instance_arn)
    return tuple(arns)
