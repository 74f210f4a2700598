# Sourced by the scripts that run a program of the test classes: builds what is not built, and sets home, classpath
# (without conf/) and opens, the options for Java without which Spark does not run.
home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
target=$home/spark-jobs/target
if [ ! -f "$target/classpath.txt" ] || [ ! -d "$target/test-classes" ] ||
  [ -n "$(find "$home/spark-jobs/src" -newer "$target/test-classes" -name '*.java' -print -quit)" ]; then
  (cd "$home" && ./mvnw -q -B -DskipTests -Dspotless.check.skip=true package)
  touch "$target/test-classes"
fi
classpath=$target/test-classes:$target/classes:$(cat "$target/classpath.txt")
opens=()
for package in java.lang java.lang.invoke java.lang.reflect java.io java.net java.nio java.util java.util.concurrent \
  java.util.concurrent.atomic sun.nio.ch sun.nio.cs sun.security.action sun.util.calendar; do
  opens+=("--add-opens=java.base/$package=ALL-UNNAMED")
done
