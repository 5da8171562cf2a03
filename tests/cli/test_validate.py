"""`reconciler validate`: every error at once, and an exit code that CI can stop on."""

from tests.cli.shell import Shell


def test_good_files_are_counted(cluster: Shell) -> None:
    cluster.write_service("1.0")

    done = cluster.run("validate")

    assert (done.exit_code, done.stdout) == (0, "1 service in 1 cluster: all files are valid.\n")


def test_all_errors_come_at_once_each_with_its_place(cluster: Shell) -> None:
    cluster.write_service("1.0")
    cluster.write("desired/services/web/service.yml", "instances: {test: many}\ncpu: 128\nmem: 128\n")
    cluster.write("desired/services/api/service.yml", "instances: {test: 1}\ncpu: 128\nmem: 128\ncolour: green\n")
    cluster.write("desired/services/api/release.yml", "test: 1.0\n")

    done = cluster.run("validate")

    assert done.exit_code == 3
    first, second = done.stdout.splitlines()
    assert first.startswith("desired/services/api/service.yml:4:1: ")
    assert second.startswith("desired/services/web/service.yml:1:19: ")


def test_another_directory_can_be_checked(cluster: Shell) -> None:
    cluster.write("elsewhere/services/web/service.yml", "cpu: lots\n")

    done = cluster.run("validate", "elsewhere")

    assert done.exit_code == 3
    assert "elsewhere/services/web/service.yml:1:6: " in done.stdout
    assert "desired/" not in done.stdout


def test_a_program_gets_the_parts_of_each_error(cluster: Shell) -> None:
    cluster.write_service("1.0")
    cluster.write("desired/services/web/release.yml", "test: [1]\n")

    document = cluster.json("validate")

    assert document["revision"].startswith("dir:")
    [error] = document["errors"]
    assert (error["path"], error["line"], error["column"]) == ("desired/services/web/release.yml", 1, 7)


def test_a_program_gets_an_empty_list_when_all_is_well(cluster: Shell) -> None:
    cluster.write_service("1.0")

    assert cluster.json("validate")["errors"] == []


def test_a_directory_that_is_not_there_is_told_with_what_to_do(shell: Shell) -> None:
    done = shell.run("validate", "nowhere")

    assert done.exit_code == 1
    assert done.stderr == f"Error: {shell.here}/nowhere is not a directory: create it, or correct the setting\n"
