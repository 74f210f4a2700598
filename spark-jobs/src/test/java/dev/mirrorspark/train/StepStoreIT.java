package dev.mirrorspark.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mirrorspark.config.UserError;
import dev.mirrorspark.train.ShardFile.Shard;
import dev.mirrorspark.train.StepStore.Marker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StepStoreIT {
  private static final int SIZE = 11;
  private static final Shards SHARDS = new Shards(SIZE, 2);

  @TempDir Path warehouse;
  private StepStore store;
  private Path folder;

  @BeforeEach
  void open() {
    store = StepStore.open(SparkOfTests.context(), warehouse.toString(), "a-run", "sft");
    folder = warehouse.resolve("_steps/a-run/sft");
  }

  private static Shard shard(int step, int shard) {
    int n = SHARDS.length(shard);
    float[][] values = new float[3][n];
    for (int v = 0; v < 3; v++) {
      Arrays.fill(values[v], step * 100 + shard * 10 + v);
    }
    return new Shard(values[0], values[1], values[2]);
  }

  private Marker write(int step) {
    int[] checksums = {
      store.write(step, 0, 1, shard(step, 0)), store.write(step, 1, 2, shard(step, 1))
    };
    return new Marker(
        new StepRecord(step, 0.5, 2, 1e-3, 8, 100, Double.NaN, Double.NaN, 0, 0, 1, 0.5),
        step + 1,
        SIZE,
        checksums);
  }

  private void step(int step) {
    store.complete(write(step));
  }

  private Path file(int step, int shard) {
    return folder.resolve("step-%06d/shard-%d.bin".formatted(step, shard));
  }

  @Test
  void comesBackFromTheLastCompleteStep() {
    assertTrue(store.resume().isEmpty());
    for (int s = 0; s < 4; s++) {
      step(s);
    }
    write(4);
    List<Marker> complete = store.resume();
    assertEquals(4, complete.size());
    Marker last = complete.get(3);
    assertEquals(3, last.step().step());
    assertEquals(4, last.adamSteps());
    assertTrue(Double.isNaN(last.step().logratioRms()));
    assertArrayEquals(shard(3, 1).second(), store.read(last, 1).second());
    float[] weights = store.weights(last);
    assertEquals(300, weights[SHARDS.to(0) - 1]);
    assertEquals(310, weights[SHARDS.from(1)]);
    assertFalse(Files.exists(folder.resolve("step-000004")), "leftovers are gone");
    assertFalse(Files.exists(file(1, 0)), "older shards are gone");
    assertTrue(Files.exists(file(2, 0)), "the step before the last stays");
    step(4);
    assertEquals(5, store.resume().size());
    store.deleteAll();
    assertFalse(Files.exists(folder));
    assertTrue(store.resume().isEmpty());
  }

  @Test
  void attemptsOfOneTaskDoNotDisturbEachOther() throws IOException {
    int crc = store.write(0, 0, 7, shard(0, 0));
    byte[] before = Files.readAllBytes(file(0, 0));
    assertEquals(crc, store.write(0, 0, 8, shard(0, 0)));
    assertArrayEquals(before, Files.readAllBytes(file(0, 0)));
    try (var files = Files.list(file(0, 0).getParent())) {
      assertEquals(1, files.count());
    }
  }

  @Test
  void namesATruncatedShardAndGoesOnWithoutIt() throws IOException {
    step(0);
    step(1);
    Path file = file(1, 1);
    byte[] whole = Files.readAllBytes(file);
    for (int length : new int[] {0, 20, whole.length / 2, whole.length - 1}) {
      Files.write(file, Arrays.copyOf(whole, length));
      refused(file, "damaged");
    }
    whole[45] ^= 1;
    Files.write(file, whole);
    refused(file, "checksum");
    Files.copy(file(0, 1), file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    refused(file, "not those that the step recorded");
    Files.delete(file);
    refused(file, "missing");
    Files.delete(file(1, 0));
    Files.delete(folder.resolve("step-000001/_COMPLETE"));
    assertEquals(1, store.resume().size());
    assertEquals(0, store.weights(store.resume().get(0))[0]);
  }

  private void refused(Path file, String what) {
    Marker marker = store.resume().get(1);
    var error = assertThrows(UserError.class, () -> store.read(marker, 1));
    assertTrue(error.getMessage().contains(file.toString()), error.getMessage());
    assertTrue(error.getMessage().contains(what), error.getMessage());
    assertFalse(error.getMessage().contains("\n"));
  }

  @Test
  void namesADamagedMarker() throws IOException {
    step(0);
    Path marker = folder.resolve("step-000000/_COMPLETE");
    Files.writeString(marker, Files.readString(marker).substring(0, 30));
    var error = assertThrows(UserError.class, store::resume);
    assertTrue(error.getMessage().contains(marker.toString()), error.getMessage());
  }
}
