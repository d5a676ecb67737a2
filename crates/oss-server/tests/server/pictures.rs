//! `x-oss-process=image/…`, with the feature `image`.

use image::{DynamicImage, GenericImageView as _, ImageFormat, Rgb, RgbImage};
use oss_server::RunningServer;

use crate::client::{Answer, Signing, call, call_port, put, server};
use crate::kill::Killed;

/// 400 by 200 pixels: the left half is red, the right half is blue.
fn picture(format: ImageFormat) -> Vec<u8> {
    let red_and_blue = |x: u32, _| if x < 200 { Rgb([255, 0, 0]) } else { Rgb([0, 0, 255]) };
    let mut out = std::io::Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(RgbImage::from_fn(400, 200, red_and_blue)).write_to(&mut out, format).unwrap();
    out.into_inner()
}

async fn process(server: &RunningServer, key: &str, process: &str) -> Answer {
    call(server, "GET", "docs", key).query("x-oss-process", process).send().await
}

#[tokio::test]
async fn pictures_are_resized_in_their_own_format() {
    let server = server().await;
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Bmp, ImageFormat::WebP] {
        put(&server, "a", picture(format)).await.expect(200);
        for (how, size) in [
            ("w_100", (100, 50)),
            ("w_100,h_100,m_fill", (100, 100)),
            ("w_100,h_100,m_pad,color_00FF00", (100, 100)),
            ("p_200,limit_0", (800, 400)),
            ("w_200/resize,h_50", (100, 50)),
        ] {
            let answer = process(&server, "a", &format!("image/resize,{how}")).await.expect(200);
            assert_eq!(answer.header("content-type"), Some(format.to_mime_type()));
            assert_eq!(answer.header("x-oss-hash-crc64ecma"), None, "the checksum would be another's");
            assert_eq!(image::guess_format(&answer.body).unwrap(), format);
            let made = image::load_from_memory(&answer.body).unwrap();
            assert_eq!(made.dimensions(), size, "{format:?} {how}");
            let middle = size.1 / 2;
            let (left, right) = (made.get_pixel(size.0 / 4, middle), made.get_pixel(size.0 * 3 / 4, middle));
            assert!(left[0] > 200 && left[2] < 60 && right[2] > 200 && right[0] < 60, "{format:?} {how}");
            if how.contains("pad") {
                let corner = made.get_pixel(2, 2);
                assert!(corner[1] > 200 && corner[0] < 60, "{format:?} {corner:?}");
            }
        }
        let same = process(&server, "a", "image/resize,w_4000").await.expect(200);
        assert!(same.body == picture(format), "what would grow stays as it is");
    }
}

#[tokio::test]
async fn pictures_are_described() {
    let server = server().await;
    let bytes = picture(ImageFormat::Jpeg);
    put(&server, "a", bytes.clone()).await.expect(200);
    let answer = process(&server, "a", "image/info").await.expect(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let info: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    for (name, value) in [
        ("ImageWidth", "400"),
        ("ImageHeight", "200"),
        ("Format", "jpg"),
        ("FileSize", bytes.len().to_string().as_str()),
    ] {
        assert_eq!(info[name]["value"], value, "{name}");
    }
}

#[tokio::test]
async fn what_is_no_picture_or_no_processing_is_refused() {
    let server = server().await;
    put(&server, "text", "text").await.expect(200);
    put(&server, "broken", &picture(ImageFormat::Png)[..200]).await.expect(200);
    put(&server, "a", picture(ImageFormat::Png)).await.expect(200);
    process(&server, "text", "image/info").await.refused(400, "BadRequest");
    process(&server, "broken", "image/resize,w_10").await.refused(400, "BadRequest");
    process(&server, "none", "image/info").await.refused(404, "NoSuchKey");
    for wrong in ["image", "", "image/", "image/resize", "image/resize,w_0", "image/resize,w_10/"] {
        process(&server, "a", wrong).await.refused(400, "InvalidArgument");
    }
    for other in ["image/rotate,90", "video/snapshot,t_1", "style/small"] {
        process(&server, "a", other).await.refused(501, "NotImplemented");
    }
    let open = call(&server, "GET", "docs", "a").query("x-oss-process", "image/info").signing(Signing::Anonymous);
    open.send().await.refused(403, "AccessDenied");
}

#[tokio::test]
async fn pictures_take_bounded_memory_whatever_they_are_made_into() {
    let folder = tempfile::tempdir().unwrap();
    let server = Killed::spawn(folder.path());
    let mut out = std::io::Cursor::new(Vec::new());
    let red = RgbImage::from_pixel(30_000, 8, Rgb([255, 0, 0]));
    DynamicImage::ImageRgb8(red).write_to(&mut out, ImageFormat::Png).unwrap();
    call_port(server.port, "PUT", "long").body(out.into_inner()).send().await.expect(200);
    // Scaled in one go, 30 000 by 16 384 pixels at sixteen bytes each would stand between.
    let process = "image/resize,w_500,h_16384,m_fixed,limit_0";
    let answer = call_port(server.port, "GET", "long").query("x-oss-process", process).send().await.expect(200);
    let made = image::load_from_memory(&answer.body).unwrap();
    assert_eq!(made.dimensions(), (500, 16_384));
    assert_eq!(made.get_pixel(250, 8000), image::Rgba([255, 0, 0, 255]));
    let peak = server.peak_bytes();
    assert!(peak.is_none_or(|peak| peak < 512 << 20), "{peak:?}");
    server.kill();
    let server = self::server().await;
    put(&server, "a", picture(ImageFormat::Png)).await.expect(200);
    let many = format!("image{}", "/resize,p_101,limit_0".repeat(9));
    self::process(&server, "a", &many).await.refused(400, "InvalidArgument");
}
