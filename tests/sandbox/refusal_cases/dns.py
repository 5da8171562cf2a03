"""What Route 53 refuses."""

from typing import Any

from tests.sandbox.house import Cases, after


def _alias(name: str, zone_id: str = "Z2P70J7EXAMPLE") -> dict[str, Any]:
    return {"AliasTarget": {"HostedZoneId": zone_id, "DNSName": name, "EvaluateTargetHealth": False}}


CASES: Cases = {
    "neither an alias nor values": (
        lambda house: house.change("CREATE", name="b.prod.example", kind="A"),
        (
            "InvalidInput: Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and "
            "ResourceRecords], or "
            "TrafficPolicyInstanceId], but found none in Change with [Action=CREATE, Name=b.prod.example., Type=A, "
            "SetIdentifier=null]"
        ),
    ),
    "a weight without an identifier": (
        lambda house: house.change("CREATE", name="b.prod.example", kind="A", values=["192.0.2.1"], Weight=1),
        (
            "InvalidInput: Invalid request: Missing field 'SetIdentifier' in Change with [Action=CREATE, "
            "Name=b.prod.example., Type=A, SetIdentifier=null]"
        ),
    ),
    "an identifier without a weight": (
        lambda house: house.change(
            "CREATE", name="b.prod.example", kind="A", values=["192.0.2.1"], SetIdentifier="blue"
        ),
        (
            "InvalidInput: Invalid request: Expected exactly one of [Weight, Region, Failover, GeoLocation, or "
            "MultiValueAnswer], but found none in Change with [Action=CREATE, Name=b.prod.example., Type=A, "
            "SetIdentifier=blue]"
        ),
    ),
    "too many characters for one batch": (
        lambda house: house.change(
            "UPSERT", name="b.prod.example", kind="TXT", values=[f'"{n:03}{"x" * 200}"' for n in range(100)]
        ),
        "InvalidChangeBatch: [Number of characters in the batch's values exceeds 32000]",
    ),
    "1,001 values in one batch": (
        lambda house: house.change(
            "CREATE", name="many.prod.example", kind="TXT", values=[f'"{n}"' for n in range(1001)]
        ),
        "InvalidChangeBatch: [Number of records limit of 1000 exceeded.]",
    ),
    "501 values in one batch, where each counts twice": (
        lambda house: house.change(
            "UPSERT", name="many.prod.example", kind="TXT", values=[f'"{n}"' for n in range(501)]
        ),
        "InvalidChangeBatch: [Number of records limit of 1000 exceeded.]",
    ),
    "a name outside the zone": (
        lambda house: house.change("CREATE", name="a.stage.example", kind="A", values=["192.0.2.1"]),
        "InvalidChangeBatch: [RRSet with DNS name a.stage.example. is not permitted in zone prod.example.]",
    ),
    "deleting the zone's own NS": (
        lambda house: house.change("DELETE", name="prod.example", kind="NS", values=["ns.example."]),
        "InvalidChangeBatch: [A HostedZone must contain at least one NS record for the zone itself.]",
    ),
    "deleting the zone's own SOA": (
        lambda house: house.change("DELETE", name="prod.example", kind="SOA", values=["ns.example. x. 1 2 3 4 5"]),
        "InvalidChangeBatch: [A HostedZone must contain exactly one SOA record.]",
    ),
    "creating what is there": (
        lambda house: house.change("CREATE", name="a.prod.example", kind="A", values=["192.0.2.2"]),
        (
            "InvalidChangeBatch: [Tried to create resource record set [name='a.prod.example.', type='A'] but "
            "it already "
            "exists]"
        ),
    ),
    "deleting what is not there": (
        lambda house: house.change("DELETE", name="b.prod.example", kind="A", values=["192.0.2.1"]),
        (
            "InvalidChangeBatch: [Tried to delete resource record set [name='b.prod.example.', type='A'] but "
            "it was not "
            "found]"
        ),
    ),
    "deleting the same twice in one batch": (
        lambda house: house.change("DELETE", "DELETE", name="a.prod.example", kind="A", values=["192.0.2.1"]),
        (
            "InvalidChangeBatch: [Tried to delete resource record set [name='a.prod.example.', type='A'] but "
            "it was not "
            "found]"
        ),
    ),
    "deleting with other values": (
        lambda house: house.change("DELETE", name="a.prod.example", kind="A", values=["192.0.2.9"]),
        (
            "InvalidChangeBatch: [Tried to delete resource record set [name='a.prod.example.', type='A'] but "
            "the values "
            "provided do not match the current values]"
        ),
    ),
    "an address that is none": (
        lambda house: house.change("CREATE", name="b.prod.example", kind="A", values=["192.0.2.256"]),
        (
            "InvalidChangeBatch: [Invalid Resource Record: 'FATAL problem: ARRDATAIllegalIPv4Address (Value is not a "
            "valid IPv4 address) encountered with '192.0.2.256'']"
        ),
    ),
    "an IPv6 address that is none": (
        lambda house: house.change("CREATE", name="b.prod.example", kind="AAAA", values=["192.0.2.1"]),
        (
            "InvalidChangeBatch: [Invalid Resource Record: 'FATAL problem: AAAARRDATAIllegalIPv6Address (Value "
            "is not a "
            "valid IPv6 address) encountered with '192.0.2.1'']"
        ),
    ),
    "an unquoted TXT value": (
        lambda house: house.change("CREATE", name="b.prod.example", kind="TXT", values=["owner"]),
        (
            "InvalidChangeBatch: [Invalid Resource Record: 'FATAL problem: InvalidCharacterString (Value should be "
            "enclosed in quotation marks) encountered with 'owner'']"
        ),
    ),
    "a TXT string of 256 characters": (
        lambda house: house.change("CREATE", name="b.prod.example", kind="TXT", values=[f'"{"x" * 256}"']),
        (
            "InvalidChangeBatch: [Invalid Resource Record: 'FATAL problem: CharacterStringTooLong (Value is too long) "
            "encountered with '*'']"
        ),
    ),
    "the same value twice": (
        lambda house: house.change("CREATE", name="b.prod.example", kind="A", values=["192.0.2.1"] * 2),
        "InvalidChangeBatch: [Duplicate Resource Record: '192.0.2.1']",
    ),
    "a CNAME of the zone itself": (
        lambda house: house.change("CREATE", name="prod.example", kind="CNAME", values=["a.example."]),
        (
            "InvalidChangeBatch: [RRSet of type CNAME with DNS name prod.example. is not permitted at apex in zone "
            "prod.example.]"
        ),
    ),
    "a CNAME beside an A": (
        lambda house: house.change("CREATE", name="a.prod.example", kind="CNAME", values=["a.example."]),
        (
            "InvalidChangeBatch: [RRSet of type CNAME with DNS name a.prod.example. is not permitted as it conflicts "
            "with other records with the same DNS name in zone prod.example.]"
        ),
    ),
    "an A beside a CNAME": (
        after(
            lambda house: house.change("CREATE", name="c.prod.example", kind="CNAME", values=["a.example."]),
            lambda house: house.change("CREATE", name="c.prod.example", kind="A", values=["192.0.2.1"]),
        ),
        (
            "InvalidChangeBatch: [RRSet of type A with DNS name c.prod.example. is not permitted because a conflicting "
            "RRSet of type CNAME with the same DNS name already exists in zone prod.example.]"
        ),
    ),
    "a simple record beside a weighted one": (
        after(
            lambda house: house.change(
                "CREATE", name="w.prod.example", kind="A", values=["192.0.2.1"], SetIdentifier="blue", Weight=1
            ),
            lambda house: house.change("CREATE", name="w.prod.example", kind="A", values=["192.0.2.1"]),
        ),
        (
            "InvalidChangeBatch: [RRSet with DNS name w.prod.example., type A cannot be created as other RRSets exist "
            "with the same name and type.]"
        ),
    ),
    "a weighted record beside a simple one": (
        lambda house: house.change(
            "CREATE", name="a.prod.example", kind="A", values=["192.0.2.1"], SetIdentifier="blue", Weight=1
        ),
        (
            "InvalidChangeBatch: [RRSet with DNS name a.prod.example., type A, SetIdentifier blue cannot be created "
            "because a non multi-answer rrset exists with the same name and type.]"
        ),
    ),
    "an alias of a load balancer that is not there": (
        lambda house: house.change(
            "CREATE", name="b.prod.example", kind="A", **_alias("gone-1.us-east-1.elb.amazonaws.com")
        ),
        (
            "InvalidChangeBatch: [Tried to create an alias that targets gone-1.us-east-1.elb.amazonaws.com., type A in "
            "zone Z2P70J7EXAMPLE, but that target was not found]"
        ),
    ),
    "an alias of a record that is not there": (
        lambda house: house.change(
            "CREATE",
            name="b.prod.example",
            kind="A",
            **_alias("c.prod.example", house.zone.removeprefix("/hostedzone/")),
        ),
        (
            "InvalidChangeBatch: [Tried to create an alias that targets c.prod.example., type A in zone *, but that "
            "target was not found]"
        ),
    ),
}
