/**
 * Problems that are seen: scenes of shapes, small charts and rendered sums, drawn here, with exact
 * answers (Kimi k1.5, 2.3). A scene is read back from its pixels, so that what is asked is what is
 * shown.
 */
package dev.mirrorspark.scenes;
