"""What Auto Scaling refuses."""

from tests.sandbox.house import Cases, after

CASES: Cases = {
    "a second group of the same name": (
        after(lambda house: house.scale("twice"), lambda house: house.scale("twice")),
        "AlreadyExists: AutoScalingGroup by this name already exists - A group with the name twice already exists",
    ),
    "a group's name of 256 characters": (
        lambda house: house.scale("g" * 256),
        (
            "ValidationError: 1 validation error detected: Value '*' at 'autoScalingGroupName' failed to satisfy "
            "constraint: Member must have length less than or equal to 255"
        ),
    ),
    "a group that is greater at least than at most": (
        lambda house: house.scale("crossed", MinSize=3),
        "ValidationError: Max bound, 1, must be greater than or equal to min bound, 3",
    ),
    "a group changed to be greater at least than at most": (
        after(
            lambda house: house.scale("uncrossed"),
            lambda house: house.asg.update_auto_scaling_group(AutoScalingGroupName="uncrossed", MinSize=2),
        ),
        "ValidationError: Max bound, 1, must be greater than or equal to min bound, 2",
    ),
    "more instances than a group may have": (
        lambda house: house.scale("crowded", DesiredCapacity=5),
        "ValidationError: Desired capacity:5 must be between the specified min size:0 and max size:1",
    ),
    "fewer instances than a group must have": (
        lambda house: house.scale("lonely", MinSize=1, DesiredCapacity=0),
        "ValidationError: Desired capacity:0 must be between the specified min size:1 and max size:1",
    ),
    "an update to more instances than a group may have": (
        after(
            lambda house: house.scale("growing"),
            lambda house: house.asg.update_auto_scaling_group(AutoScalingGroupName="growing", DesiredCapacity=2),
        ),
        "ValidationError: Desired capacity:2 must be between the specified min size:0 and max size:1",
    ),
    "wanting more instances than a group may have": (
        after(
            lambda house: house.scale("wanting-more"),
            lambda house: house.asg.set_desired_capacity(AutoScalingGroupName="wanting-more", DesiredCapacity=2),
        ),
        "ValidationError: New SetDesiredCapacity value 2 is above max value 1 for the AutoScalingGroup.",
    ),
    "wanting fewer instances than a group must have": (
        after(
            lambda house: house.scale("wanting-less", MinSize=1),
            lambda house: house.asg.set_desired_capacity(AutoScalingGroupName="wanting-less", DesiredCapacity=0),
        ),
        "ValidationError: New SetDesiredCapacity value 0 is below min value 1 for the AutoScalingGroup.",
    ),
    "changing a group that is not there": (
        lambda house: house.asg.update_auto_scaling_group(AutoScalingGroupName="gone", MinSize=0),
        "ValidationError: AutoScalingGroup name not found - AutoScalingGroup 'gone' not found",
    ),
    "wanting instances of a group that is not there": (
        lambda house: house.asg.set_desired_capacity(AutoScalingGroupName="gone", DesiredCapacity=1),
        "ValidationError: AutoScalingGroup name not found - AutoScalingGroup 'gone' not found",
    ),
}
