//! Where the examples run: on a real OSS account if the environment names one, else on the embedded server.

use std::error::Error;

use jit_storages::App;
use oss_server::{OssServer, RunningServer};

/// The variables that `storages/MyOss/MyOss.json` asks for.
const VARIABLES: [&str; 4] = ["OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET", "OSS_ENDPOINT", "OSS_BUCKET"];

/// The repository's own app, and the embedded server where it needs one. The server ends with its handle.
pub(crate) async fn open() -> Result<(App, Option<RunningServer>), Box<dyn Error>> {
    let app_folder = env!("CARGO_MANIFEST_DIR");
    if VARIABLES.iter().all(|name| std::env::var_os(name).is_some()) {
        println!("using the OSS account that the environment names");
        return Ok((App::load(app_folder)?, None));
    }
    let server = OssServer::builder().bucket("quickstart").start().await?;
    println!("embedded OSS server on {} (set {} to use a real account)", server.endpoint(), VARIABLES.join(", "));
    let values =
        [server.access_key_id(), server.access_key_secret(), &server.endpoint(), "quickstart"].map(str::to_owned);
    let app = App::builder().variables(VARIABLES.into_iter().zip(values)).load(app_folder)?;
    Ok((app, Some(server)))
}
