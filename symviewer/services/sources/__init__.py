"""Where frames come from: pictures of a folder, a video file, a camera, a stream address, the demo scene."""
