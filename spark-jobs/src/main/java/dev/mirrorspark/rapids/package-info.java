/**
 * Which of the operators that the SQL stages plan would run on a GPU under Spark RAPIDS: looks at
 * the plans that really ran. RAPIDS itself is no dependency; it is asked where it is on the class
 * path.
 */
package dev.mirrorspark.rapids;
