package dev.mirrorspark.table;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mirrorspark.decode.LocalSpark;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WarehouseCreationIT {
  @Test
  void severalDriversMayOpenANewWarehouseAtOnce(@TempDir Path folder) throws Exception {
    var threads = Executors.newFixedThreadPool(3);
    try (var spark = LocalSpark.open()) {
      List<Callable<Warehouse>> drivers = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        drivers.add(() -> Warehouse.open(spark, folder.toString()));
      }
      for (var opened : threads.invokeAll(drivers)) {
        for (TableSchema table : Warehouse.TABLES) {
          assertEquals(0, opened.get().version(table), table.name());
        }
      }
    } finally {
      threads.shutdown();
    }
  }
}
