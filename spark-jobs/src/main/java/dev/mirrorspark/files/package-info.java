/**
 * One serialisable door to every Hadoop file system: ranges of files, files that appear complete or
 * not at all. It does not know what is in a file.
 */
package dev.mirrorspark.files;
